/** Keys that work anywhere on the page, and the list of them that the help dialog shows. */
import { untrack } from 'svelte';

export interface Key {
  /** As shown: `←`, `Shift + →`, `?`. */
  keys: string;
  does: string;
}

export interface KeyGroup {
  title: string;
  keys: Key[];
}

class Keys {
  groups = $state.raw<KeyGroup[]>([]);

  add(group: KeyGroup): () => void {
    this.groups = [...this.groups, group];
    return () => {
      this.groups = this.groups.filter((other) => other !== group);
    };
  }
}

export const keys = new Keys();

/** Lists keys in the help dialog as long as the component lives; call it while it is made. */
export function listKeys(title: string, list: Key[]): void {
  $effect(() => untrack(() => keys.add({ title, keys: list })));
}

/** Whether a key press belongs to what has the focus: typing, choosing, or walking a grid. */
export function isTaken(event: KeyboardEvent): boolean {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey) return true;
  const target = event.target;
  if (!(target instanceof HTMLElement)) return false;
  return (
    target.isContentEditable ||
    target.matches('input:not([type=range]):not([type=checkbox]), textarea, select') ||
    target.closest('[role=grid], [role=listbox], [role=radiogroup], [role=dialog], dialog') !== null
  );
}
