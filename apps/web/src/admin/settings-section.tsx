import { t } from '@lingui/core/macro';
import type { SettingInForce } from '@waterbus/client';
import { administration } from './administration.js';
import { type Column, DataTable } from './data-table.js';
import { Section, Waiting } from './section.js';
import { useAnswer } from './use-answer.js';

export function SettingsSection() {
  const answer = useAnswer(() => administration.settings());
  const { value } = answer;
  return (
    <Section
      title={t`Settings`}
      text={
        value?.version
          ? t`In force in the process that answered, version ${{ version: value.version }}. Values of secrets are never shown.`
          : t`In force in the process that answered. Values of secrets are never shown.`
      }
    >
      <Waiting answer={answer} />
      {value && (
        <DataTable
          label={t`Settings`}
          columns={columns()}
          rows={value.settings}
          id={({ name }) => name}
          empty={t`This process reports no settings.`}
        />
      )}
    </Section>
  );
}

const columns = (): Column<SettingInForce>[] => [
  { title: t`Name`, cell: ({ name }) => <code>{name}</code> },
  { title: t`Value`, cell: (setting) => <span className="admin-value">{shownValue(setting)}</span> },
  { title: t`Source`, cell: ({ source }) => (source === 'environment' ? t`Environment` : t`Default`) },
];

function shownValue({ value, secret, source }: SettingInForce): string {
  if (secret) return source === 'environment' ? t`Set, not shown` : t`Not set`;
  return value ?? '–';
}
