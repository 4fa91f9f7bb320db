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
      title="Settings"
      text={`In force in the process that answered${value?.version ? `, version ${value.version}` : ''}. Values of secrets are never shown.`}
    >
      <Waiting answer={answer} />
      {value && (
        <DataTable
          label="Settings"
          columns={columns}
          rows={value.settings}
          id={({ name }) => name}
          empty="This process reports no settings."
        />
      )}
    </Section>
  );
}

const columns: Column<SettingInForce>[] = [
  { title: 'Name', cell: ({ name }) => <code>{name}</code> },
  { title: 'Value', cell: (setting) => <span className="admin-value">{shownValue(setting)}</span> },
  { title: 'Source', cell: ({ source }) => (source === 'environment' ? 'Environment' : 'Default') },
];

function shownValue({ value, secret, source }: SettingInForce): string {
  if (secret) return source === 'environment' ? 'Set, not shown' : 'Not set';
  return value ?? '–';
}
