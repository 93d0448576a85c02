/** Does the steps of a recorded run again beside the page, so that the page never waits. */
import { Desk, type DeskRequest } from './desk';

const desk = new Desk(
  (reply) => self.postMessage(reply),
  () => new Promise((resolve) => setTimeout(resolve)),
);

self.onmessage = ({ data }: MessageEvent<DeskRequest>) => desk.hear(data);
