import { type FormEvent, useEffect, useRef, useState } from 'react';
import { getPreferences, setPreferences, usePreferences } from '../state/preferences.js';
import { useCameraPreview, useLevel, useMicrophonePreview } from '../state/preview.js';
import { DeviceSettings } from '../ui/device_select.js';
import { CameraIcon, CameraOffIcon, MicIcon, MicOffIcon } from '../ui/icons.js';
import { Avatar, RoundButton } from '../ui/parts.js';

export interface JoinChoice {
  name: string;
  camera: MediaStream | undefined;
  microphone: MediaStream | undefined;
}

/** Camera preview, devices and name, before entering. */
export function JoinPage({ roomId, busy, onJoin }: { roomId: string; busy: boolean; onJoin: (choice: JoinChoice) => void }) {
  const { name, micOn, cameraOn, cameraId, microphoneId } = usePreferences();
  const camera = useCameraPreview(cameraOn, cameraId);
  const microphone = useMicrophonePreview(micOn, microphoneId);
  const level = useLevel(microphone.stream);
  const video = useRef<HTMLVideoElement>(null);
  const [taking, setTaking] = useState(false);
  const joining = busy || taking;

  useEffect(() => {
    if (video.current) video.current.srcObject = camera.stream ?? null;
  }, [camera.stream]);

  async function join(event: FormEvent) {
    event.preventDefault();
    const trimmed = getPreferences().name.trim();
    if (!trimmed || joining) return;
    setTaking(true);
    const [cameraStream, microphoneStream] = await Promise.all([camera.take(), microphone.take()]);
    onJoin({ name: trimmed, camera: cameraStream, microphone: microphoneStream });
  }

  return (
    <main className="card-page">
      <div className="join">
        <section className="preview" aria-label="Your camera">
          {camera.stream ? <video ref={video} autoPlay muted playsInline /> : <Avatar id={name} name={name || '?'} />}
          <div className="preview-controls">
            <RoundButton label={micOn ? 'Turn microphone off' : 'Turn microphone on'} aria-pressed={micOn} look={micOn ? 'plain' : 'off'} onClick={() => setPreferences({ micOn: !micOn })}>
              {micOn ? <MicIcon /> : <MicOffIcon />}
            </RoundButton>
            <RoundButton label={cameraOn ? 'Turn camera off' : 'Turn camera on'} aria-pressed={cameraOn} look={cameraOn ? 'plain' : 'off'} onClick={() => setPreferences({ cameraOn: !cameraOn })}>
              {cameraOn ? <CameraIcon /> : <CameraOffIcon />}
            </RoundButton>
          </div>
          {micOn && (
            <div className="level" role="meter" aria-label="Microphone level" aria-valuemin={0} aria-valuemax={100} aria-valuenow={Math.round(level * 100)}>
              <div style={{ transform: `scaleX(${level})` }} />
            </div>
          )}
        </section>
        <form className="card" onSubmit={join}>
          <h1>Ready to join?</h1>
          <p className="faint room-id">{roomId}</p>
          <label className="field">
            <span>Your name</span>
            <input value={name} onChange={(event) => setPreferences({ name: event.target.value })} maxLength={80} autoComplete="name" autoFocus required />
          </label>
          <DeviceSettings refresh={`${camera.stream?.id}${microphone.stream?.id}`} />
          {[camera.problem, microphone.problem].filter(Boolean).map((problem) => (
            <p key={problem} className="problem" role="alert">
              {problem}
            </p>
          ))}
          <button type="submit" className="primary wide" disabled={!name.trim() || joining}>
            {joining ? 'Joining …' : 'Join meeting'}
          </button>
        </form>
      </div>
    </main>
  );
}
