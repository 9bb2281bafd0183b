import { type Meeting, type MeetingOptions, Parley } from '@parley/js-sdk';
import { createContext, type ReactNode, useContext, useEffect, useState } from 'react';

const MeetingContext = createContext<Meeting | undefined>(undefined);

/** The meeting of the nearest `MeetingProvider`. */
export function useMeetingObject(): Meeting | undefined {
  return useContext(MeetingContext);
}

export interface MeetingProviderProps {
  config: MeetingOptions;
  token: string;
  /** Join as soon as the provider is there. Default false: call `useMeeting().join()`. */
  joinWithoutUserInteraction?: boolean;
  /** Make a new meeting (leaving the old one) when `config` becomes another object. Default false. */
  reinitialiseMeetingOnConfigChange?: boolean;
  children?: ReactNode;
}

/** Makes a meeting from `config` and gives it to the hooks below. Leaves it when the provider goes. */
export function MeetingProvider(props: MeetingProviderProps): ReactNode {
  const { config, token, joinWithoutUserInteraction = false, reinitialiseMeetingOnConfigChange = false, children } = props;
  const [meeting, setMeeting] = useState<Meeting>();
  const key = reinitialiseMeetingOnConfigChange ? config : config.meetingId;

  useEffect(() => {
    Parley.config(token);
    const made = Parley.initMeeting(config);
    setMeeting(made);
    if (joinWithoutUserInteraction) made.join().catch(() => {});  // the reason comes as the `error` event too
    return () => {
      if (made.state !== 'IDLE') made.leave().catch(() => {});
    };
    // A new token alone does not end a running meeting, and neither do options that only matter at the start.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [key]);

  return <MeetingContext.Provider value={meeting}>{children}</MeetingContext.Provider>;
}

/** Draws `children(meeting)` once there is one. */
export function MeetingConsumer({ children }: { children: (meeting: Meeting) => ReactNode }): ReactNode {
  const meeting = useMeetingObject();
  return meeting ? children(meeting) : null;
}
