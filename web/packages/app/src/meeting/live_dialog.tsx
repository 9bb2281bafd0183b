import { useState } from 'react';
import type { Draft } from '../state/destinations.js';
import type { Failures } from '../state/failures.js';
import { Dialog } from '../ui/parts.js';
import { HlsSection } from './hls_section.js';
import { LivestreamSection } from './livestream_section.js';

interface Props {
  failures: Failures;
  /** What was filled in and not used yet outlives the dialog, not the page. */
  drafts: Draft[];
  onDrafts: (drafts: Draft[]) => void;
  /** Which of the two is shown first. */
  first: 'platforms' | 'link';
  onClose: () => void;
}

const TABS = { platforms: 'To platforms', link: 'By a link (HLS)' } as const;

/** Sends the meeting to the public: to platforms, or as HLS that anyone plays who has the link. */
export function LiveDialog({ failures, drafts, onDrafts, first, onClose }: Props) {
  const [tab, setTab] = useState(first);
  return (
    <Dialog title="Go live" onClose={onClose} wide>
      <div className="tabs" role="tablist" aria-label="Ways to go live">
        {(Object.keys(TABS) as (keyof typeof TABS)[]).map((name) => (
          <button
            key={name}
            type="button"
            role="tab"
            id={`tab-${name}`}
            aria-selected={tab === name}
            aria-controls="live-tab"
            tabIndex={tab === name ? 0 : -1}
            onClick={() => setTab(name)}
            onKeyDown={(event) => {
              if (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight') return;
              const other = name === 'platforms' ? 'link' : 'platforms';
              setTab(other);
              document.getElementById(`tab-${other}`)?.focus();
            }}
          >
            {TABS[name]}
          </button>
        ))}
      </div>
      <div role="tabpanel" id="live-tab" aria-labelledby={`tab-${tab}`} className="tab-panel">
        {tab === 'platforms' ? <LivestreamSection failure={failures.livestream} {...{ drafts, onDrafts, onClose }} /> : <HlsSection failure={failures.hls} onClose={onClose} />}
      </div>
    </Dialog>
  );
}
