import { useEffect, useState } from 'react';
import { CopyIcon } from './icons.js';

/** An address to read, select or copy. */
export function CopyField({ label, value }: { label: string; value: string }) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 2000);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = () => void navigator.clipboard?.writeText(value).then(() => setCopied(true), () => {});
  return (
    <div className="copy-field">
      <label className="field">
        <span>{label}</span>
        <input value={value} readOnly onFocus={(event) => event.target.select()} />
      </label>
      <button type="button" onClick={copy} aria-label={`Copy ${label.toLowerCase()}`}>
        <CopyIcon size={18} />
        <span role="status">{copied ? 'Copied' : 'Copy'}</span>
      </button>
    </div>
  );
}
