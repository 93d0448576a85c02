/** The desk beside the page. */
import { Desk, type Message } from './desk';

const desk = new Desk(
  (said) => self.postMessage(said),
  (draw) => {
    self.requestAnimationFrame(draw);
  },
);

self.onmessage = ({ data }: MessageEvent<Message>) => desk.hear(data);
