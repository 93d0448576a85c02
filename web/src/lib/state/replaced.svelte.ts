/** What is served now, once it is no longer what the page was opened on. */

class Replaced {
  /** Its name; null as long as the page and its server speak of the same. */
  by = $state.raw<string | null>(null);
}

export const replaced = new Replaced();

/** Where the page begins anew, in the view that is open: a load, for there is no `#` in it. */
export const afresh = () => location.pathname;
