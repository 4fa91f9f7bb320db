import { CodedError } from '@waterbus/protocol';
import { dictionary } from '@zxcvbn-ts/language-common';

/**
 * Refuses passwords of accounts that attackers try first (NIST SP 800-63B section 3.1.1.2): common
 * ones, also with other signs around them or in place of letters, repetitions and sequences, and
 * the user's own address or name. Rejects with `password.weak`.
 */
export function checkAccountPassword(password: string, user: { email: string; name: string }): void {
  if (isPattern(password)) throw weak('It repeats or counts');
  const candidates = spellings(password);
  const own = new Set(ownWords(user));
  for (const candidate of candidates) {
    if (own.has(candidate)) throw weak('It is your name or address');
    if (ranks().has(candidate)) throw weak('It is one of the most common passwords');
  }
}

/**
 * Refuses passwords of meetings that an attacker tries among the first few. People read them out to
 * each other, and few guesses are allowed, so they may be weaker than those of accounts. Rejects
 * with `password.weak`.
 */
export function checkMeetingPassword(password: string): void {
  const rank = ranks().get(folded(password));
  if (rank !== undefined && rank < FIRST_GUESSES) throw weak('It is one of the most common passwords');
  if (isPattern(password)) throw weak('It repeats or counts');
}

function weak(detail: string): CodedError {
  return new CodedError('password.weak', detail);
}

/** The password in the forms that a guesser's rules would reach. */
function spellings(password: string): Set<string> {
  const plain = folded(password);
  const bare = trimmed(plain, AFFIX);
  const forms = [plain, bare, bare.replace(SIGNS, '')].flatMap((form) => [form, unmasked(form), block(form)]);
  return new Set(forms.filter((form) => form.length >= SHORTEST_WORD));
}

/** One letter case, one encoding. */
function folded(password: string): string {
  return password.normalize('NFKC').toLowerCase();
}

function unmasked(password: string): string {
  return password.replace(/[@4310$57!]/g, (sign) => MASKS[sign] ?? sign);
}

/** Without up to `most` digits and signs at each end: `password2026!` is `password`. */
function trimmed(password: string, most: number): string {
  const bare = password
    .replace(new RegExp(`^[^\\p{L}]{1,${most}}(?=\\p{L})`, 'u'), '')
    .replace(new RegExp(`(?<=\\p{L})[^\\p{L}]{1,${most}}$`, 'u'), '');
  return bare.length >= SHORTEST_WORD ? bare : password;
}

/** The repeated part, if the whole is a repetition. */
function block(password: string): string {
  const period = (password + password).indexOf(password, 1);
  return password.slice(0, period);
}

/** One short block repeated, very few different signs, or each sign next to the previous one. */
function isPattern(password: string): boolean {
  const text = folded(password);
  const signs = Array.from(text, (sign) => sign.codePointAt(0) ?? 0);
  if (signs.length < 2) return true;
  if (block(text).length < Math.min(SHORTEST_BLOCK, text.length)) return true;
  if (text.length >= SHORTEST_LONG && new Set(signs).size < FEWEST_SIGNS) return true;
  return [1, -1].some((step) =>
    signs.every((sign, index) => {
      const before = signs[index - 1];
      return (
        before === undefined ||
        sign - before === step ||
        (isDigit(sign) && (before + step - 38) % 10 === (sign - 38) % 10)
      );
    }),
  );
}

function isDigit(sign: number): boolean {
  return sign >= 48 && sign <= 57;
}

/** The address, its parts, and the name with and without spaces, also twice or joined. */
function ownWords({ email, name }: { email: string; name: string }): string[] {
  const [local = '', domain = ''] = folded(email).split('@');
  const names = folded(name).split(/\s+/);
  const words = [...names, local, domain, ...local.split(/[._+-]/), domain.split('.')[0] ?? '', 'waterbus'];
  const joined = [names, [...names].reverse()].flatMap((order) => ['', ' ', '.', '-', '_'].map((by) => order.join(by)));
  const pairs = words.flatMap((one) => words.map((other) => one + other));
  const all = [folded(email), ...words, ...joined, ...pairs].filter((word) => word.length >= SHORTEST_WORD);
  return [...all, ...all.map((word) => word.replace(SIGNS, ''))];
}

/** The list, the most common first. Read once, at its first use. */
function ranks(): Map<string, number> {
  known ??= new Map((dictionary['passwords-common'] as string[]).map((password, rank) => [password, rank]));
  return known;
}
let known: Map<string, number> | undefined;

const MASKS: Record<string, string> = {
  '@': 'a',
  '4': 'a',
  '3': 'e',
  '1': 'i',
  '0': 'o',
  $: 's',
  '5': 's',
  '7': 't',
  '!': 'i',
};

const SIGNS = /[^\p{L}\p{N}]/gu;

/** Characters that people add to a word at one end: a year and a sign, or a sequence. */
const AFFIX = 5;

/** Letters: shorter words match by chance. */
const SHORTEST_WORD = 3;

/**
 * Minimum length of a repeated part: with a shorter one, the whole takes as many guesses as the
 * part.
 */
const SHORTEST_BLOCK = 5;

/** Different characters in a password of sufficient length: `aabbaabbab` has 2. */
const FEWEST_SIGNS = 4;
const SHORTEST_LONG = 8;

/** Places in the list: an attacker may try 60 passwords of a meeting in a minute. */
const FIRST_GUESSES = 1000;
