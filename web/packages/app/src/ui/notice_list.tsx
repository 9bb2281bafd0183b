import type { Notice } from '../state/notices.js';

export function NoticeList({ notices }: { notices: Notice[] }) {
  return (
    <div className="notices" role="log" aria-live="polite" aria-label="Notices">
      {notices.map((notice) => (
        <div key={notice.id} className="notice">
          <span>{notice.text}</span>
          {notice.actions.map((action) => (
            <button key={action.label} type="button" className={action.primary ? 'primary' : ''} onClick={action.run}>
              {action.label}
            </button>
          ))}
        </div>
      ))}
    </div>
  );
}
