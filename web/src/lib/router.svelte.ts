/**
 * The address is the state: `#/walkthrough?step=4210&compare=12`.
 *
 * Reading a parameter in a component or an effect follows it; writing one changes the address, so
 * that every state can be linked, and back and forward work.
 */

export type Parameters = Readonly<Record<string, string>>;
export type Change = Record<string, string | number | boolean | null | undefined>;

export interface Place {
  view: string;
  parameters: Parameters;
}

// Browsers stop a page that writes its address more than about a hundred times in ten seconds.
const WRITE_EVERY_MS = 250;

export function parse(hash: string): Place {
  const [path = '', query = ''] = hash.replace(/^#?\/?/, '').split(/\?(.*)/s);
  let view = '';
  try {
    view = decodeURIComponent(path.replace(/\/+$/, ''));
  } catch {
    // A broken escape is no view's name.
  }
  return { view, parameters: Object.fromEntries(new URLSearchParams(query)) };
}

/** What every address carries along. */
let own = $state('');

/** The address of a view in a state: to put into `href`; `own: null` leaves the reader's run. */
export function href(view: string, parameters: Change = {}): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries({ own, ...parameters })) {
    if (value !== null && value !== undefined && value !== '') query.set(name, String(value));
  }
  // What is allowed in a query stays readable.
  const text = query
    .toString()
    .replaceAll('%2C', ',')
    .replaceAll('%3A', ':')
    .replaceAll('%7E', '~');
  return `#/${encodeURIComponent(view)}${text && `?${text}`}`;
}

/** An address that was written without knowing of the reader's run, with it. */
export function carrying(address: string): string {
  const { view, parameters } = parse(address);
  return own && parameters.own === undefined ? href(view, parameters) : address;
}

class Router {
  #place = $state.raw<Place>(parse(location.hash));
  #last: Record<string, Parameters> = $state({});
  #timer: ReturnType<typeof setTimeout> | undefined;
  #written: ((address: string) => void) | null = null;

  constructor() {
    const follow = () => {
      this.#forgetWrite();
      this.#go(parse(location.hash));
      this.#written?.(location.hash);
    };
    window.addEventListener('hashchange', follow);
    window.addEventListener('popstate', follow);
    window.addEventListener('pagehide', () => this.flush());
    this.#go(this.#place);
  }

  /** Has somebody told of each address that is written. */
  onwrite(told: (address: string) => void): void {
    this.#written = told;
  }

  /** The view's name as it stands in the address; '' at the front door. */
  get view(): string {
    return this.#place.view;
  }

  get parameters(): Parameters {
    return this.#place.parameters;
  }

  /** A parameter as text, or the fallback. */
  text(name: string, fallback = ''): string {
    return this.#place.parameters[name] ?? fallback;
  }

  /** A parameter as one of several words, or the first of them. */
  choice<const T extends string>(name: string, choices: readonly [T, ...T[]]): T {
    const found = this.#place.parameters[name];
    return choices.find((choice) => choice === found) ?? choices[0];
  }

  /** A parameter as a number within bounds, or the fallback where it is no number. */
  number<F extends number | null>(name: string, fallback: F, least = -Infinity, most = Infinity) {
    const text = this.#place.parameters[name];
    const found = text === undefined || text.trim() === '' ? NaN : Number(text);
    return Number.isFinite(found) ? Math.min(most, Math.max(least, found)) : fallback;
  }

  flag(name: string): boolean {
    return this.#place.parameters[name] === '1';
  }

  /** A parameter that is a list of words: `words=king,queen`. */
  list(name: string): string[] {
    return (this.#place.parameters[name] ?? '').split(',').filter(Boolean);
  }

  /**
   * Changes parameters of the view; null, undefined, false and '' take one out, true is `1`.
   *
   * @param replace Leave no step for the back button: while scrubbing and typing.
   */
  set(change: Change, { replace = false }: { replace?: boolean } = {}): void {
    if (!replace) this.flush();
    const parameters: Record<string, string> = { ...this.#place.parameters };
    for (const [name, value] of Object.entries(change)) {
      if (value === null || value === undefined || value === false || value === '') {
        Reflect.deleteProperty(parameters, name);
      } else parameters[name] = value === true ? '1' : String(value);
    }
    this.#go({ view: this.#place.view, parameters });
    if (replace) {
      this.#timer ??= setTimeout(() => this.flush(), WRITE_EVERY_MS);
    } else {
      const address = href(this.#place.view, parameters);
      if (address !== location.hash) history.pushState(null, '', address);
      this.#written?.(address);
    }
  }

  /** Opens a view; without parameters, in the state in which it was left. */
  open(view: string, parameters?: Change): void {
    this.flush();
    location.hash = href(view, parameters ?? this.#last[view]);
  }

  /** The address of a view in the state in which it was left. */
  lastOf(view: string): string {
    return href(view, this.#last[view]);
  }

  /** Writes the address now. */
  flush(): void {
    if (this.#timer === undefined) return;
    this.#forgetWrite();
    const address = href(this.#place.view, this.#place.parameters);
    history.replaceState(history.state, '', address);
    this.#written?.(address);
  }

  #forgetWrite(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #go(place: Place): void {
    this.#place = place;
    const { own: carried = '', ...parameters } = place.parameters;
    own = carried;
    this.#last[place.view] = parameters;
  }
}

export const route = new Router();
