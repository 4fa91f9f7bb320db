import { t } from '@lingui/core/macro';
import { WaterbusError } from '@waterbus/client';
import { chooseLanguage } from '../language/language.js';
import { LANGUAGES, type Language } from '../language/languages.js';
import { useLanguage } from '../language/use-language.js';
import { messageOf } from '../messages.js';
import { toast } from './toasts.js';

/** The languages by their own names. */
export function LanguageChoice({ id }: { id?: string }) {
  const language = useLanguage();
  return (
    <select
      id={id}
      className="language-choice"
      aria-label={id ? undefined : t`Language`}
      value={language}
      onChange={(event) => void choose(event.target.value as Language)}
    >
      {LANGUAGES.map(({ code, name }) => (
        <option key={code} value={code} lang={code}>
          {name}
        </option>
      ))}
    </select>
  );
}

async function choose(language: Language): Promise<void> {
  await chooseLanguage(language).catch((error) => {
    toast(messageOf(new WaterbusError('network.unreachable', String(error))));
  });
}
