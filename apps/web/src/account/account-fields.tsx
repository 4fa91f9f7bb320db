import { t } from '@lingui/core/macro';
import { isPasswordWeak, messageOf } from '../messages.js';
import { Field } from '../parts/field.js';

/**
 * Fields of several account pages, with the attributes that browsers and password managers need to
 * fill them in.
 */

interface Value {
  value: string;
  onChange: (value: string) => void;
}

export function EmailField({ value, onChange }: Value) {
  return (
    <Field
      label={t`E-mail address`}
      type="email"
      value={value}
      onChange={(event) => onChange(event.target.value)}
      required
      maxLength={254}
      autoComplete="username"
      autoCapitalize="none"
      spellCheck={false}
    />
  );
}

export function NameField({ value, onChange }: Value) {
  return (
    <Field
      label={t`Your name`}
      value={value}
      onChange={(event) => onChange(event.target.value)}
      required
      pattern=".*\S.*"
      title={t`At least one letter`}
      maxLength={64}
      autoComplete="name"
    />
  );
}

export function PasswordField({ value, onChange, label = t`Password` }: Value & { label?: string }) {
  return (
    <Field
      label={label}
      type="password"
      value={value}
      onChange={(event) => onChange(event.target.value)}
      required
      maxLength={128}
      autoComplete="current-password"
    />
  );
}

/** `failure`: the form's. The field shows it when it concerns the password. */
export function NewPasswordField({
  value,
  onChange,
  label = t`Password`,
  failure,
}: Value & { label?: string; failure: unknown }) {
  return (
    <Field
      label={label}
      hint={t`At least 10 characters. Several random words work well.`}
      type="password"
      value={value}
      onChange={(event) => onChange(event.target.value)}
      required
      minLength={10}
      maxLength={128}
      autoComplete="new-password"
      error={isPasswordWeak(failure) ? messageOf(failure) : undefined}
    />
  );
}

/** The code of an authenticator app. */
export function CodeField({
  value,
  onChange,
  label = t`Code from your authenticator app`,
}: Value & { label?: string }) {
  return (
    <Field
      label={label}
      hint={t`Six digits. They change every 30 seconds.`}
      value={value}
      onChange={(event) => onChange(event.target.value)}
      required
      pattern="\s*(\d\s*){6}"
      title={t`Six digits`}
      maxLength={16}
      inputMode="numeric"
      autoComplete="one-time-code"
    />
  );
}

export function RecoveryCodeField({ value, onChange }: Value) {
  return (
    <Field
      label={t`Recovery code`}
      hint={t`One of those that you saved. Each works once.`}
      value={value}
      onChange={(event) => onChange(event.target.value)}
      required
      maxLength={64}
      autoComplete="off"
      autoCapitalize="none"
      spellCheck={false}
    />
  );
}
