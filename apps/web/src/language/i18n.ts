import { compileMessage } from '@lingui/message-utils/compileMessage';

/** A compiled text: pieces, and placeholders as `[name, kind, cases or style]`. */
export type Text = string | Piece[];
type Piece = string | [name: string, kind?: string, detail?: string | Cases];
type Cases = Record<string, Text> & { offset?: number };
export type Texts = Record<string, Text>;
export type Values = Record<string, unknown>;

/** What Lingui's macros leave; builds have only an id where there is nothing else. */
interface Descriptor {
  id: string;
  message?: string;
  values?: Values;
}

/**
 * The texts in use. Lingui's macros call it in place of Lingui's own runtime, whose formats of dates
 * and times, escape sequences and checks are 1.4 kB of every first visit, and used nowhere here.
 */
class I18n {
  locale = 'en';
  /** BCP 47, for numbers. */
  formats = 'en';
  readonly #texts: Record<string, Texts> = {};
  readonly #listeners = new Set<() => void>();

  /** Without a catalog: the English of the sources, which only builds leave out. */
  _(message: string | Descriptor, values?: Values): string {
    const { id, message: source, values: named = values } = typeof message === 'string' ? { id: message } : message;
    const text = this.#texts[this.locale]?.[id] ?? (compile && source !== undefined ? compile(source) : id);
    return this.#write(text, named ?? {});
  }

  load(locale: string, texts: Texts): void {
    this.#texts[locale] = { ...this.#texts[locale], ...texts };
  }

  activate(locale: string, formats: string): void {
    this.locale = locale;
    this.formats = formats;
    for (const listener of [...this.#listeners]) listener();
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** `count`: the number that `#` stands for. */
  #write(text: Text, values: Values, count?: number): string {
    if (typeof text === 'string') return text;
    return text.map((piece) => this.#piece(piece, values, count)).join('');
  }

  #piece(piece: Piece, values: Values, count: number | undefined): string {
    if (typeof piece === 'string') return piece === '#' && count !== undefined ? this.#number(count) : piece;
    const [name, kind, cases] = piece;
    const value = values[name];
    if (kind === undefined) return this.#isolated(String(value ?? ''));
    if (typeof cases !== 'object') return this.#number(Number(value));
    if (kind === 'select') return this.#write(cases[String(value)] ?? cases.other ?? '', values, count);
    const number = Number(value) - (cases.offset ?? 0);
    const type = kind === 'plural' ? 'cardinal' : 'ordinal';
    const rule = new Intl.PluralRules(this.locale, { type }).select(number);
    return this.#write(cases[String(value)] ?? cases[rule] ?? cases.other ?? '', values, number);
  }

  /** Right to left, a name or a code in other letters would move the punctuation around it. */
  #isolated(value: string): string {
    return this.locale === 'ar' && /[A-Za-z0-9]/.test(value) ? `\u2068${value}\u2069` : value;
  }

  #number(value: number): string {
    return new Intl.NumberFormat(this.formats).format(value);
  }
}

/** Only in development and tests. */
const compile = import.meta.env.PROD ? undefined : (compileMessage as (source: string) => Text);

export const i18n = new I18n();
