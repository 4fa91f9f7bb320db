import { readFileSync } from 'node:fs';
import { z } from 'zod';
import {
  type AccentColours,
  darkAccent,
  darkContrast,
  LEAST_CONTRAST,
  lightAccent,
  lightContrast,
  lightened,
} from './brand-colours.js';

/** The appearance of this server in the page, in mails and for authenticator apps. */
export interface Brand {
  /** Undefined: that of the product. */
  name: string | undefined;
  logo: BrandLogo | undefined;
  accent: { light: AccentColours; dark: AccentColours } | undefined;
  links: { imprint?: string; privacy?: string };
}

export interface BrandLogo {
  content: Buffer;
  type: 'image/svg+xml' | 'image/png';
}

export interface BrandSettings {
  brand: Brand;
  /** Whether browsers keep a page for the time in which the server cannot be reached. */
  serviceWorker: boolean;
}

const colour = z
  .string()
  .regex(/^#[0-9a-f]{6}$/i, { error: 'must be a colour such as #0b6b75', abort: true })
  .toLowerCase();

/** A page on any site, or a mail address; no script. */
const link = z
  .string()
  .max(500, 'must have 500 characters or fewer')
  .refine(
    (text) => URL.canParse(text) && ['https:', 'http:', 'mailto:'].includes(new URL(text).protocol),
    'must be an address that begins with https://, http:// or mailto:',
  );

const logo = z.string().transform((file, context) => {
  const found = readLogo(file);
  if (typeof found !== 'string') return found;
  context.addIssue({ code: 'custom', message: found });
  return z.NEVER;
});

/** The environment variables of these settings. */
export const brandEnvironment = {
  BRAND_NAME: z
    .string()
    .trim()
    .regex(
      /^[^\p{C}\p{Zl}\p{Zp}<>"\\]{1,40}$/u,
      'must have 1 to 40 characters, without control characters, quotes, backslashes, < and >',
    )
    .optional(),
  BRAND_LOGO: logo.optional(),
  BRAND_ACCENT: colour
    .refine(
      (text) => lightContrast(text) >= LEAST_CONTRAST,
      'is too light: text in it needs a contrast of 4.5:1 on white',
    )
    .optional(),
  BRAND_ACCENT_DARK: colour
    .refine(
      (text) => darkContrast(text) >= LEAST_CONTRAST,
      'is too dark: text in it needs a contrast of 4.5:1 in the dark theme',
    )
    .optional(),
  BRAND_IMPRINT: link.optional(),
  BRAND_PRIVACY: link.optional(),
  SERVICE_WORKER: z.enum(['on', 'off']).default('on'),
};

type Values = z.output<z.ZodObject<typeof brandEnvironment>>;

export function brandProblems(values: Values): string[] {
  if (values.BRAND_ACCENT_DARK === undefined || values.BRAND_ACCENT !== undefined) return [];
  return ['BRAND_ACCENT: must be set too when BRAND_ACCENT_DARK is'];
}

export function brandOf(values: Values): BrandSettings {
  const { BRAND_ACCENT: accent } = values;
  return {
    serviceWorker: values.SERVICE_WORKER === 'on',
    brand: {
      name: values.BRAND_NAME,
      logo: values.BRAND_LOGO,
      accent:
        accent === undefined
          ? undefined
          : { light: lightAccent(accent), dark: darkAccent(values.BRAND_ACCENT_DARK ?? lightened(accent)) },
      links: {
        ...(values.BRAND_IMPRINT && { imprint: values.BRAND_IMPRINT }),
        ...(values.BRAND_PRIVACY && { privacy: values.BRAND_PRIVACY }),
      },
    },
  };
}

/** Returns what is wrong with a file that is no logo. */
function readLogo(file: string): BrandLogo | string {
  let content: Buffer;
  try {
    content = readFileSync(file);
  } catch {
    return 'names a file that cannot be read';
  }
  if (content.length > LARGEST_LOGO) return 'names a file of more than 256 KiB';
  if (content.subarray(0, PNG.length).equals(PNG)) return { content, type: 'image/png' };
  if (SVG.test(content.toString('utf8'))) return { content, type: 'image/svg+xml' };
  return 'must be an SVG or PNG file';
}

/** Bytes. Every first visit loads it. */
const LARGEST_LOGO = 256 * 1024;

/** RFC 2083, section 3.1. */
const PNG = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** The root element after declaration, comments and document type. */
const SVG = /^\uFEFF?\s*(?:<\?xml[^>]*>\s*)?(?:<!--[\s\S]*?-->\s*)*(?:<!DOCTYPE svg[^>[]*>\s*)?<svg[\s>]/;
