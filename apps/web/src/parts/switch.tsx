/** A setting that is on or off. */
export function Switch(props: { label: string; hint?: string; on: boolean; onChange: (on: boolean) => void }) {
  const { label, hint, on, onChange } = props;
  return (
    <label className="switch">
      <span>
        <span className="switch-label">{label}</span>
        {hint && <span className="field-hint">{hint}</span>}
      </span>
      <input
        type="checkbox"
        role="switch"
        aria-checked={on}
        checked={on}
        onChange={(event) => onChange(event.target.checked)}
      />
    </label>
  );
}
