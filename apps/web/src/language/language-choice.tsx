import { t } from '@lingui/core/macro';
import { chooseLanguage } from './language.js';
import { LANGUAGES, type Language } from './languages.js';
import { useLanguage } from './use-language.js';

/** The languages by their own names. A language whose texts cannot be loaded is not chosen. */
export function LanguageChoice({ id }: { id?: string }) {
  const language = useLanguage();
  return (
    <select
      id={id}
      className="language-choice"
      aria-label={id ? undefined : t`Language`}
      value={language}
      onChange={(event) => void chooseLanguage(event.target.value as Language).catch(() => {})}
    >
      {LANGUAGES.map(({ code, name }) => (
        <option key={code} value={code} lang={code}>
          {name}
        </option>
      ))}
    </select>
  );
}
