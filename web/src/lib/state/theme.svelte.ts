/** Light, dark, or as the system is; remembered where storage is open. */

export type Choice = 'light' | 'dark' | 'system';

const KEY = 'lexiscope-theme';

function remembered(): Choice {
  try {
    const found = localStorage.getItem(KEY);
    return found === 'light' || found === 'dark' ? found : 'system';
  } catch {
    return 'system';
  }
}

class Theme {
  #system = matchMedia('(prefers-color-scheme: dark)');
  #systemDark = $state(this.#system.matches);
  #choice = $state<Choice>(remembered());

  constructor() {
    this.#system.addEventListener('change', (event) => {
      this.#systemDark = event.matches;
      this.#apply();
    });
    this.#apply();
  }

  get choice(): Choice {
    return this.#choice;
  }

  set choice(choice: Choice) {
    this.#choice = choice;
    this.#apply();
    try {
      if (choice === 'system') localStorage.removeItem(KEY);
      else localStorage.setItem(KEY, choice);
    } catch {
      // Storage is closed to this page: the choice lasts as long as the page does.
    }
  }

  /** What is on screen; reading it in a drawing makes the drawing follow. */
  get dark(): boolean {
    return this.#choice === 'dark' || (this.#choice === 'system' && this.#systemDark);
  }

  /** light → dark → system → light */
  next(): void {
    const order: Choice[] = ['light', 'dark', 'system'];
    this.choice = order[(order.indexOf(this.#choice) + 1) % order.length]!;
  }

  #apply(): void {
    document.documentElement.dataset.theme = this.dark ? 'dark' : 'light';
  }
}

export const theme = new Theme();
