import { useId, useState } from 'react';
import { type Draft, SERVICES, type Service, serviceById, withService } from '../state/destinations.js';
import { CloseIcon, EyeIcon, EyeOffIcon } from '../ui/icons.js';

interface Props {
  draft: Draft;
  /** For screen readers where there are several, e.g. "Destination 2". */
  title: string;
  onChange: (draft: Draft) => void;
  onRemove?: (() => void) | undefined;
}

/** One platform, its address and the stream key for it. */
export function DestinationFields({ draft, title, onChange, onRemove }: Props) {
  const [shown, setShown] = useState(false);
  const hint = useId();
  return (
    <fieldset className="destination">
      <legend>{title}</legend>
      <label className="field">
        <span>Platform</span>
        <select value={draft.service} onChange={(event) => onChange(withService(draft, event.target.value as Service['id']))}>
          {SERVICES.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <label className="field">
        <span>Server</span>
        <input value={draft.url} onChange={(event) => onChange({ ...draft, url: event.target.value })} placeholder="rtmp://" inputMode="url" autoComplete="off" autoCapitalize="none" spellCheck={false} />
      </label>
      <label className="field key">
        <span>Stream key</span>
        {/* Masked as a password; what the browser takes for a one-time code it does not offer to store. */}
        <input type={shown ? 'text' : 'password'} value={draft.streamKey} onChange={(event) => onChange({ ...draft, streamKey: event.target.value })} autoComplete="one-time-code" autoCapitalize="none" spellCheck={false} aria-describedby={hint} />
      </label>
      <button type="button" className="icon show-key" aria-pressed={shown} aria-label="Show the stream key" title={shown ? 'Hide the key' : 'Show the key'} onClick={() => setShown(!shown)}>
        {shown ? <EyeOffIcon size={20} /> : <EyeIcon size={20} />}
      </button>
      <p id={hint} className="faint hint">
        {serviceById(draft.service).keyHint}
      </p>
      {onRemove && (
        <button type="button" className="icon remove" aria-label={`Remove ${title.toLowerCase()}`} title="Remove" onClick={onRemove}>
          <CloseIcon size={18} />
        </button>
      )}
    </fieldset>
  );
}
