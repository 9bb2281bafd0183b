// The own camera and microphone before a meeting: opened as asked, closed again, and handed over on joining.
import { Parley } from '@parley/react-sdk';
import { useCallback, useEffect, useRef, useState } from 'react';

export interface PreviewTrack {
  stream: MediaStream | undefined;
  problem: string;
  /**
   * Gives the stream away: it is not stopped when the page goes. One that is just being opened is waited for, at most
   * `TAKE_LIMIT_MS`, so that who is quick to join is not muted.
   */
  take: () => Promise<MediaStream | undefined>;
}

/** Devices open well within a second; longer takes only a question for permission that nobody answers. */
const TAKE_LIMIT_MS = 3000;

function useTrack(wanted: boolean, deviceId: string, open: (deviceId: string) => Promise<MediaStream>): PreviewTrack {
  const [stream, setStream] = useState<MediaStream>();
  const [problem, setProblem] = useState('');
  const given = useRef(false);
  const current = useRef<MediaStream>(undefined);
  const opening = useRef<Promise<void>>(undefined);

  useEffect(() => {
    if (!wanted) return;
    let cancelled = false;
    setProblem('');
    opening.current = open(deviceId).then(
      (opened) => {
        if (cancelled) return stop(opened);
        current.current = opened;
        setStream(opened);
      },
      (error: Error) => {
        if (!cancelled) setProblem(error.message);
      },
    );
    return () => {
      cancelled = true;
      if (!given.current) stop(current.current);
      current.current = undefined;
      opening.current = undefined;
      setStream(undefined);
    };
  }, [wanted, deviceId, open]);

  const take = useCallback(async () => {
    await Promise.race([opening.current, new Promise((done) => setTimeout(done, TAKE_LIMIT_MS))]);
    given.current = true;
    return current.current;
  }, []);
  return { stream, problem, take };
}

const stop = (stream: MediaStream | undefined) => stream?.getTracks().forEach((track) => track.stop());
const openCamera = (cameraId: string) => Parley.createCameraVideoTrack(cameraId ? { cameraId } : {});
const openMicrophone = (microphoneId: string) => Parley.createMicrophoneAudioTrack(microphoneId ? { microphoneId } : {});

export const useCameraPreview = (wanted: boolean, deviceId: string) => useTrack(wanted, deviceId, openCamera);
export const useMicrophonePreview = (wanted: boolean, deviceId: string) => useTrack(wanted, deviceId, openMicrophone);

/** Loudness of a stream from 0 to 1, about ten times a second. */
export function useLevel(stream: MediaStream | undefined): number {
  const [level, setLevel] = useState(0);
  useEffect(() => {
    if (!stream?.getAudioTracks().length) return;
    const context = new AudioContext();
    const analyser = context.createAnalyser();
    analyser.fftSize = 512;
    context.createMediaStreamSource(stream).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    const timer = setInterval(() => {
      analyser.getFloatTimeDomainData(samples);
      const power = samples.reduce((sum, s) => sum + s * s, 0) / samples.length;
      // From -60 dBFS (a quiet room) to 0.
      setLevel(Math.max(0, Math.min(1, 1 + Math.log10(power + 1e-9) / 6)));
    }, 100);
    return () => {
      clearInterval(timer);
      setLevel(0);
      context.close().catch(() => {});
    };
  }, [stream]);
  return level;
}
