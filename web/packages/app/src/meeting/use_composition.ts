import { type Egress, type EgressConfig, useMeeting } from '@parley/react-sdk';
import { type Composition, changeOf, compositionOf } from '../state/composition.js';
import { setPreferences, usePreferences } from '../state/preferences.js';

/**
 * The look that a form shows and changes: while something runs, its own, changed at once in the room; before, the one to start
 * with, which is remembered on this device.
 */
export function useComposition(running: Egress | undefined, run: (work: () => Promise<unknown>) => Promise<boolean>): [Composition, (change: Partial<Composition>) => void] {
  const { composition: remembered } = usePreferences();
  const { updateRecording, updateLivestream, updateHls } = useMeeting();
  const update = { recording: updateRecording, livestream: updateLivestream, hls: updateHls };
  const composition = running ? compositionOf(running.config as EgressConfig) : remembered;
  const change = (part: Partial<Composition>) => {
    if (running) void run(() => update[running.kind](changeOf(composition, part), running.id));
    else setPreferences({ composition: { ...remembered, ...part } });
  };
  return [composition, change];
}
