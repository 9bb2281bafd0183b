// Line icons on a 24 px grid, drawn for this app.
import type { ReactNode } from 'react';

function icon(content: ReactNode) {
  return function Icon({ size = 22 }: { size?: number }) {
    return (
      <svg width={size} height={size} viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.8" strokeLinecap="round" strokeLinejoin="round" aria-hidden="true">
        {content}
      </svg>
    );
  };
}
const slash = <path d="M4 4l16 16" />;
const microphone = (
  <>
    <rect x="9" y="3" width="6" height="11" rx="3" />
    <path d="M5.5 11.5a6.5 6.5 0 0 0 13 0M12 18v3" />
  </>
);
const camera = (
  <>
    <rect x="3" y="6.5" width="12.5" height="11" rx="2.5" />
    <path d="M15.5 10.8l5-2.8v8l-5-2.8" />
  </>
);

export const MicIcon = icon(microphone);
export const MicOffIcon = icon(<>{microphone}{slash}</>);
export const CameraIcon = icon(camera);
export const CameraOffIcon = icon(<>{camera}{slash}</>);
export const ShareIcon = icon(
  <>
    <rect x="3" y="4.5" width="18" height="12.5" rx="2" />
    <path d="M12 14V8m-2.8 2.6L12 7.8l2.8 2.8M8.5 20.5h7" />
  </>,
);
export const ChatIcon = icon(<path d="M4 5.5h16v10.5H10L5.5 20v-4H4z" />);
export const PeopleIcon = icon(
  <>
    <circle cx="9" cy="8.5" r="3.2" />
    <path d="M3.2 19c.4-3.4 2.8-5.2 5.8-5.2s5.4 1.8 5.8 5.2M15.5 5.6a3.2 3.2 0 0 1 0 5.8M17.3 14.4c2 .7 3.3 2.3 3.6 4.6" />
  </>,
);
export const HandIcon = icon(
  <path d="M7 12V6.2a1.4 1.4 0 0 1 2.8 0V11m0-1V4.6a1.4 1.4 0 0 1 2.8 0V11m0-.8V5.6a1.4 1.4 0 0 1 2.8 0v6m0-3a1.4 1.4 0 0 1 2.8 0v5.6c0 4-2.6 6.8-6 6.8-3 0-4.6-1.4-6-4l-2.2-4c-.9-1.7 1-3 2.2-1.7L7 14" />,
);
export const LeaveIcon = icon(<path d="M3.5 15.5c-.8-1-.6-2.6.4-3.5 4.6-4 11.6-4 16.2 0 1 .9 1.2 2.5.4 3.5l-1 1.2-4.2-1.5v-2.7a12.5 12.5 0 0 0-6.6 0v2.7l-4.2 1.5z" />);
export const SettingsIcon = icon(
  <>
    <path d="M4 7h9m4 0h3M4 12h3m4 0h9M4 17h7m4 0h5" />
    <circle cx="15" cy="7" r="2" />
    <circle cx="9" cy="12" r="2" />
    <circle cx="13" cy="17" r="2" />
  </>,
);
export const PinIcon = icon(<path d="M9 4h6l-.7 6 3.2 3.5h-11L9.7 10zM12 13.5V20" />);
export const CloseIcon = icon(<path d="M6 6l12 12M18 6L6 18" />);
export const SendIcon = icon(<path d="M4.5 12L20 4.5 15.5 20l-3.5-6.5zM12 13.5l4-4.5" />);
export const CopyIcon = icon(
  <>
    <rect x="8.5" y="8.5" width="11.5" height="11.5" rx="2.5" />
    <path d="M15.5 8.5V6A2 2 0 0 0 13.5 4H6a2 2 0 0 0-2 2v7.5a2 2 0 0 0 2 2h2.5" />
  </>,
);
export const LeftIcon = icon(<path d="M14.5 6l-6 6 6 6" />);
export const RightIcon = icon(<path d="M9.5 6l6 6-6 6" />);
export const RemoveIcon = icon(
  <>
    <circle cx="10" cy="8.5" r="3.5" />
    <path d="M3.5 19.5c.4-3.6 3-5.5 6.5-5.5 1.3 0 2.5.3 3.5.8M15.5 18h6" />
  </>,
);

export const RecordIcon = icon(
  <>
    <circle cx="12" cy="12" r="8.5" />
    <circle cx="12" cy="12" r="4" fill="currentColor" stroke="none" />
  </>,
);
export const LiveIcon = icon(
  <>
    <circle cx="12" cy="12" r="2" fill="currentColor" stroke="none" />
    <path d="M8.5 15.5a5 5 0 0 1 0-7M15.5 8.5a5 5 0 0 1 0 7M5.6 18.4a9 9 0 0 1 0-12.8M18.4 5.6a9 9 0 0 1 0 12.8" />
  </>,
);
export const MoreIcon = icon(
  <>
    <circle cx="5.5" cy="12" r="1.4" fill="currentColor" />
    <circle cx="12" cy="12" r="1.4" fill="currentColor" />
    <circle cx="18.5" cy="12" r="1.4" fill="currentColor" />
  </>,
);
export const AddIcon = icon(<path d="M12 5v14M5 12h14" />);
export const EyeIcon = icon(
  <>
    <path d="M2.5 12c2.4-4.4 5.6-6.5 9.5-6.5s7.1 2.1 9.5 6.5c-2.4 4.4-5.6 6.5-9.5 6.5S4.9 16.4 2.5 12z" />
    <circle cx="12" cy="12" r="2.8" />
  </>,
);
export const EyeOffIcon = icon(
  <>
    <path d="M2.5 12c2.4-4.4 5.6-6.5 9.5-6.500s7.1 2.1 9.5 6.500c-2.4 4.4-5.6 6.5-9.5 6.500S4.9 16.4 2.5 12z" />
    <circle cx="12" cy="12" r="2.8" />
    {slash}
  </>,
);
export const DownloadIcon = icon(<path d="M12 4v11m-4.5-4.200L12 15.300l4.5-4.500M5 19.500h14" />);
export const DeleteIcon = icon(<path d="M5 7h14M9.5 7V4.500h5V7M6.8 7l.8 12.500h8.800L17.2 7M10.3 10.500v5.500m3.4-5.500v5.5" />);
export const PlayIcon = icon(<path d="M7.5 5v14l11-7z" />);

/** The three ways to place people in a recording. */
export function LayoutIcon({ type }: { type: 'GRID' | 'SPOTLIGHT' | 'SIDEBAR' }) {
  const places = {
    GRID: [[2, 2, 20, 13], [26, 2, 20, 13], [2, 19, 20, 13], [26, 19, 20, 13]],
    SPOTLIGHT: [[2, 2, 44, 30]],
    SIDEBAR: [[2, 2, 30, 30], [36, 2, 10, 7.5], [36, 13, 10, 7.5], [36, 24.5, 10, 7.5]],
  }[type];
  return (
    <svg width="48" height="34" viewBox="0 0 48 34" fill="currentColor" aria-hidden="true">
      {places.map(([x, y, width, height]) => (
        <rect key={`${x} ${y}`} x={x} y={y} width={width} height={height} rx="2.5" />
      ))}
    </svg>
  );
}

/** Bars for a connection quality of 1 (bad) to 5 (good). */
export function QualityIcon({ quality }: { quality: number }) {
  return (
    <svg width="16" height="14" viewBox="0 0 16 14" className={`quality quality-${quality}`} role="img" aria-label={`Connection ${quality} of 5`}>
      {[1, 2, 3].map((bar) => (
        <rect key={bar} x={(bar - 1) * 5.5} y={14 - bar * 4.5} width="4" height={bar * 4.5} rx="1" opacity={quality >= bar * 2 - 1 ? 1 : 0.3} />
      ))}
    </svg>
  );
}
