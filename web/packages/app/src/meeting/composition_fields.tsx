import { useId } from 'react';
import { CHOICES, type Composition } from '../state/composition.js';
import { LayoutIcon } from '../ui/icons.js';

interface Props {
  value: Composition;
  /** Quality and format can only be chosen at the start. */
  running: boolean;
  onChange: (change: Partial<Composition>) => void;
}

const FIXED: readonly (keyof Composition)[] = ['quality', 'orientation'];

/** How a recording or livestream looks. */
export function CompositionFields({ value, running, onChange }: Props) {
  const group = useId();
  return (
    <div className="composition">
      <fieldset className="layouts">
        <legend>Layout</legend>
        {(['GRID', 'SPOTLIGHT', 'SIDEBAR'] as const).map((type) => (
          <label key={type}>
            <input type="radio" name={group} checked={value.type === type} onChange={() => onChange({ type })} />
            <LayoutIcon type={type} />
            <span>{CHOICES.type[type]}</span>
          </label>
        ))}
      </fieldset>
      <Choice name="priority" label="Who is shown" {...{ value, running, onChange }} />
      <div className="fields">
        <Choice name="gridSize" label="At most people" {...{ value, running, onChange }} />
        <Choice name="theme" label="Background" {...{ value, running, onChange }} />
        <Choice name="quality" label="Quality" {...{ value, running, onChange }} />
        <Choice name="orientation" label="Format" {...{ value, running, onChange }} />
      </div>
    </div>
  );
}

function Choice({ name, label, value, running, onChange }: Props & { name: Exclude<keyof Composition, 'type'>; label: string }) {
  const choices: [string, string][] = Object.entries(CHOICES[name]);
  // Another client may have set what is not among the choices.
  if (name === 'gridSize' && !Object.hasOwn(CHOICES.gridSize, value.gridSize)) choices.push([String(value.gridSize), String(value.gridSize)]);
  const pick = (chosen: string) => onChange({ [name]: name === 'gridSize' ? Number(chosen) : chosen });
  return (
    <label className="field">
      <span>{label}</span>
      <select value={value[name]} disabled={running && FIXED.includes(name)} title={running && FIXED.includes(name) ? 'Can only be chosen at the start' : undefined} onChange={(event) => pick(event.target.value)}>
        {choices.map(([choice, words]) => (
          <option key={choice} value={choice}>
            {words}
          </option>
        ))}
      </select>
    </label>
  );
}
