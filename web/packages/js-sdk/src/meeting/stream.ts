import type { AdaptiveOptions, Stream, StreamEvents } from '../api/stream.js';
import type { DisplaySurface, MaxQuality, PauseReason, StreamKind, StreamState } from '../api/values.js';
import { Emitter } from '../emitter.js';
import { ElementObserver } from '../receive/adaptive.js';
import type { View } from '../receive/viewport.js';

/** What a stream asks of the meeting that it belongs to. */
export interface StreamPort {
  codec(): string;
  displaySurface(): string;
  /** Stop or start the flow, at its sender or its receiver. Answers whether it rests now: others may hold it, too. */
  setPaused(paused: boolean): Promise<boolean>;
  /** How large it is drawn; undefined: not known any more. */
  setView(view: View | undefined): void;
  setQuality(quality: MaxQuality): void;
}

export interface StreamInit {
  id: string;
  kind: StreamKind;
  local: boolean;
  participantId: string;
  track: MediaStreamTrack;
}

export class RoomStream extends Emitter<StreamEvents> implements Stream {
  readonly id: string;
  readonly kind: StreamKind;
  readonly local: boolean;
  readonly participantId: string;
  readonly track: MediaStreamTrack;
  private readonly pauses_ = new Set<PauseReason>();
  private readonly observer_: ElementObserver;
  private state_: StreamState = 'active';

  constructor(
    init: StreamInit,
    private readonly port_: StreamPort,
    private readonly onPause_: (reason: PauseReason, paused: boolean) => void,
  ) {
    super();
    this.id = init.id;
    this.kind = init.kind;
    this.local = init.local;
    this.participantId = init.participantId;
    this.track = init.track;
    this.observer_ = new ElementObserver((view) => this.port_.setView(view));
  }

  get codec(): string {
    return this.port_.codec();
  }

  get displaySurface(): DisplaySurface | undefined {
    return (this.port_.displaySurface() || undefined) as DisplaySurface | undefined;
  }

  get paused(): boolean {
    return this.pauses_.size > 0;
  }

  async pause(): Promise<void> {
    this.setPause('user', await this.port_.setPaused(true));
  }

  async resume(): Promise<void> {
    this.setPause('user', await this.port_.setPaused(false));
  }

  /** @internal */
  setPause(reason: PauseReason, paused: boolean): void {
    if (this.pauses_.has(reason) === paused) return;
    if (paused) this.pauses_.add(reason);
    else this.pauses_.delete(reason);
    this.onPause_(reason, paused);
  }

  /** @internal */
  setState(state: StreamState): void {
    if (this.state_ === state || this.state_ === 'ended') return;
    this.state_ = state;
    this.emit('state', state);
  }

  /** @internal */
  observe(element: HTMLElement, options: AdaptiveOptions = {}): () => void {
    if (this.local) return () => {};
    if (options.maxQuality) this.port_.setQuality(options.maxQuality);
    return this.observer_.observe(element);
  }
}
