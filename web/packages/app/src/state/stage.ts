// What is shown large and what beside it, from the state of the meeting.

export interface StagePicture {
  participantId: string;
  kind: 'video' | 'share';
}

export interface StageInput {
  localId: string;
  /** In the order they joined. */
  remote: readonly { id: string; sharing: boolean }[];
  localSharing: boolean;
  presenterId: string | null;
  pins: ReadonlyMap<string, { cam: boolean; share: boolean }>;
}

export interface Stage {
  /** One large picture, or undefined for an even grid. */
  main: StagePicture | undefined;
  /** The grid, or what stands beside the main picture. */
  others: StagePicture[];
}

/** A pinned screen, then the latest screen share, then a pinned camera is the main picture; without those, an even grid. */
export function arrangeStage({ localId, remote, localSharing, presenterId, pins }: StageInput): Stage {
  const shares = remote.filter((p) => p.sharing).map((p) => p.id);
  if (localSharing) shares.push(localId);
  const pinnedShare = shares.find((id) => pins.get(id)?.share);
  const everyone = [localId, ...remote.map((p) => p.id)];
  const pinnedCamera = everyone.find((id) => pins.get(id)?.cam);
  const latestShare = presenterId !== null && shares.includes(presenterId) ? presenterId : shares.at(-1);
  const share = pinnedShare ?? latestShare;

  const main: StagePicture | undefined = share !== undefined
    ? { participantId: share, kind: 'share' }
    : pinnedCamera !== undefined && everyone.length > 1
      ? { participantId: pinnedCamera, kind: 'video' }
      : undefined;
  const others: StagePicture[] = [
    ...shares.filter((id) => id !== share).map((participantId) => ({ participantId, kind: 'share' as const })),
    // Others come before oneself: the own picture is the least interesting one.
    ...[...remote.map((p) => p.id), localId]
      .filter((id) => !(main?.kind === 'video' && main.participantId === id))
      .map((participantId) => ({ participantId, kind: 'video' as const })),
  ];
  return { main, others };
}

/** Brings whoever speaks onto the page that is shown, in the place of whoever has been silent there the longest. */
export function keepSpeakerVisible(others: readonly StagePicture[], perPage: number, spoken: readonly string[]): StagePicture[] {
  const speaker = spoken[0];
  const at = others.findIndex((p) => p.participantId === speaker && p.kind === 'video');
  if (at < perPage) return [...others];
  const rank = (p: StagePicture) => (p.kind === 'share' ? -1 : spoken.includes(p.participantId) ? spoken.indexOf(p.participantId) : Number.MAX_SAFE_INTEGER);
  let quietest = 0;
  for (let i = 1; i < perPage; i++) {
    if (rank(others[i] as StagePicture) >= rank(others[quietest] as StagePicture)) quietest = i;
  }
  const result = [...others];
  [result[quietest], result[at]] = [others[at] as StagePicture, others[quietest] as StagePicture];
  return result;
}
