/** The page's typefaces as they come: what is drawn and measured before then is done again. */

class Fonts {
  #came = $state(0);

  constructor() {
    // Not in every test's document.
    (document.fonts as FontFaceSet | undefined)?.addEventListener(
      'loadingdone',
      () => this.#came++,
    );
  }

  /** Read in a drawing, makes it follow. */
  follow(): void {
    void this.#came;
  }
}

export const fonts = new Fonts();
