// The catalogs: one file for each language that the app is translated to, in the PO format.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { generateMessageId } from '@lingui/message-utils/generateMessageId';
import PO from 'pofile';
import { type Message, sourcesWithTexts, translate } from './messages.js';

export const TRANSLATIONS = ['de', 'ar'] as const;
export type Translation = (typeof TRANSLATIONS)[number];

export interface Extracted extends Message {
  /** The sources with this text, relative to `src`. */
  files: string[];
}

/** Every text of the sources by id, in the order of the sources. */
export function extract(): Map<string, Extracted> {
  const all = new Map<string, Extracted>();
  for (const { name, file, code } of sourcesWithTexts()) {
    for (const message of translate(file, code, false).messages) {
      const known = all.get(message.id) ?? { ...message, files: [] };
      if (!known.files.includes(name)) known.files.push(name);
      all.set(message.id, known);
    }
  }
  return all;
}

export function catalogFile(language: Translation): string {
  return path.join(path.dirname(fileURLToPath(import.meta.url)), 'catalogs', `${language}.po`);
}

/** Translations by id; a missing one is empty. */
export function readCatalog(language: Translation): Map<string, string> {
  return new Map(itemsOf(language).map((item) => [idOf(item), item.msgstr[0] ?? '']));
}

/** The catalog as it must be for these texts: translations remain, texts that are gone are left out. */
export function catalogText(language: Translation, texts: Iterable<Extracted>, more?: Map<string, string>): string {
  const known = readCatalog(language);
  const po = new PO();
  const old = existsSync(catalogFile(language)) ? PO.parse(readFileSync(catalogFile(language), 'utf8')) : undefined;
  po.comments = old?.comments ?? [];
  po.headers = { 'Content-Type': 'text/plain; charset=utf-8', Language: language, 'MIME-Version': '1.0' };
  for (const { id, text, context, files } of texts) {
    const item = new PO.Item();
    item.msgid = text;
    if (context) item.msgctxt = context;
    item.references = files;
    item.msgstr = [more?.get(id) ?? known.get(id) ?? ''];
    po.items.push(item);
  }
  return `${po.toString().trimEnd()}\n`;
}

export function writeCatalog(language: Translation, texts: Iterable<Extracted>, more?: Map<string, string>): void {
  writeFileSync(catalogFile(language), catalogText(language, texts, more));
}

function itemsOf(language: Translation): InstanceType<typeof PO.Item>[] {
  return existsSync(catalogFile(language)) ? PO.parse(readFileSync(catalogFile(language), 'utf8')).items : [];
}

function idOf(item: InstanceType<typeof PO.Item>): string {
  return generateMessageId(item.msgid, item.msgctxt ?? undefined);
}
