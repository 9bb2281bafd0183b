import type { ClientBody, ServerBody } from '@parley/wire';
import type {
  Egress,
  EgressConfig,
  EgressKind,
  EgressLayout,
  HlsState,
  LivestreamOutput,
  LivestreamState,
  RecordingState,
} from '../api/egress.js';
import type { MeetingEvents } from '../api/meeting.js';
import type { Emitter } from '../emitter.js';
import { ErrorCode, ParleyError } from '../errors.js';
import { egressOf, hlsUrlsOf, wireKind } from '../room/egress.js';
import type { EgressEvent } from '../room/egress.js';
import { checkConfig, checkOutputs } from './egress_options.js';
import type { StartOptions } from './egress_options.js';

export interface EgressControlPort {
  request(body: ClientBody): Promise<ServerBody>;
  /** The reply to a start: the room's state takes it over. */
  onStarted(reply: ServerBody): void;
}

/**
 * Asks the server to start, change and end what leaves the room. The state is the room's; only layouts wished for on VideoSDK's topics
 * are remembered, for what starts later without one of its own.
 */
export class EgressControl {
  private readonly wishes_ = new Map<EgressKind, EgressLayout>();

  constructor(private readonly port_: EgressControlPort) {}

  async start(kind: EgressKind, options: StartOptions): Promise<Egress> {
    const layout = options.config?.layout ?? this.wishes_.get(kind);
    const optionsJson = JSON.stringify(layout ? { ...options, config: { ...options.config, layout } } : options);
    const reply = await this.port_.request({ case: 'startEgress', value: { kind: wireKind(kind), optionsJson } });
    if (reply.case !== 'egressStarted' || !reply.value.state) {
      throw new ParleyError(ErrorCode.UNSUPPORTED, `The server answered the start with "${reply.case}".`);
    }
    this.port_.onStarted(reply);
    return egressOf(reply.value.state);
  }

  async stop(kind: EgressKind, id = ''): Promise<void> {
    await this.port_.request({ case: 'stopEgress', value: { kind: wireKind(kind), egressId: id } });
  }

  async configure(kind: EgressKind, config: EgressConfig, id = ''): Promise<void> {
    await this.update(kind, id, { config: checkConfig(config) });
  }

  /** A layout that was published for whatever runs (by its id) or starts later. */
  async follow(kind: EgressKind, layout: EgressLayout, runningId: string | undefined): Promise<void> {
    checkConfig({ layout });
    if (runningId !== undefined) await this.configure(kind, { layout }, runningId);
    this.wishes_.set(kind, layout);
  }

  async pause(paused: boolean, id = ''): Promise<void> {
    await this.update('recording', id, { paused });
  }

  async addOutputs(outputs: readonly LivestreamOutput[], id = ''): Promise<void> {
    await this.update('livestream', id, { add: checkOutputs(outputs) });
  }

  async removeOutputs(outputIds: readonly string[], id = ''): Promise<void> {
    if (!Array.isArray(outputIds) || outputIds.length === 0 || outputIds.some((one) => typeof one !== 'string')) {
      throw new ParleyError(ErrorCode.BAD_PARAMETER, 'Outputs are removed by a list of their ids.');
    }
    await this.update('livestream', id, { remove: outputIds });
  }

  private async update(kind: EgressKind, egressId: string, change: object): Promise<void> {
    const optionsJson = JSON.stringify(change);
    await this.port_.request({ case: 'updateEgress', value: { kind: wireKind(kind), egressId, optionsJson } });
  }
}

/** Tells a change with VideoSDK's events; that one died is an `error`, too, as there. */
export function announceEgress({ egress, status: statusChanged }: EgressEvent, events: Emitter<MeetingEvents>): void {
  if (statusChanged) announceStatus(egress, events);
  events.emit('egress-changed', egress);
  if (statusChanged && egress.error) events.emit('error', new ParleyError(egress.error.code, egress.error.message));
}

function announceStatus(egress: Egress, events: Emitter<MeetingEvents>): void {
  const { id, kind, status, error } = egress;
  const common = error ? { id, error } : { id };
  if (kind === 'recording') events.emit('recording-state-changed', { status: status as RecordingState, ...common });
  else if (kind === 'livestream') {
    events.emit('livestream-state-changed', { status: status as LivestreamState, ...common });
  } else events.emit('hls-state-changed', { status: status as HlsState, ...common, ...hlsUrlsOf(egress) });
}
