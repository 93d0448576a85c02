/** What scrolls can be scrolled with the keyboard: it takes the focus as long as it overflows. */
import type { Attachment } from 'svelte/attachments';

export const reachable: Attachment<HTMLElement> = (element) => {
  const look = () => {
    const over =
      element.scrollWidth > element.clientWidth + 1 ||
      element.scrollHeight > element.clientHeight + 1;
    if (over) element.tabIndex = 0;
    else element.removeAttribute('tabindex');
  };
  const observer = new ResizeObserver(look);
  observer.observe(element);
  for (const child of element.children) observer.observe(child);
  look();
  return () => observer.disconnect();
};
