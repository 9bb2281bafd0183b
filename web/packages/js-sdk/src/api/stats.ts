/** Stats of one stream. Rates are over the time since the last call for that stream; absent values are not known (yet). */
export interface StreamStats {
  /** kbit/s */
  bitrate?: number;
  /** Round trip time, milliseconds. */
  rtt?: number;
  /** Milliseconds. */
  jitter?: number;
  totalPackets?: number;
  packetsLost?: number;
  /** "VP8", "opus", … */
  codec?: string;
  /** "udp" or "tcp" */
  network?: string;
}

export interface AudioStats extends StreamStats {
  /** Remote audio: samples that had to be made up, and how often. */
  concealedSamples?: number;
  concealmentEvents?: number;
}

export interface VideoStats extends StreamStats {
  /** Local video: the layer this entry is about, "q", "h" or "f" with simulcast. */
  rid?: string;
  size?: { width?: number; height?: number; framerate?: number };
  /** Local video: what keeps the encoder below its target. */
  limitation?: { reason: string; durations?: Record<string, number> };
  /** Remote video: the layer that arrives, -1 for none, and the one asked for. */
  currentSpatialLayer?: number;
  currentTemporalLayer?: number;
  preferredSpatialLayer?: number;
  preferredTemporalLayer?: number;
  /** Remote video: pauses that a viewer would notice, and how long they took in all (milliseconds). */
  freezeCount?: number;
  totalFreezesDuration?: number;
}

export interface TransportStats {
  /** kbit/s as the transport measured them since the last call. */
  outgoingBitrate?: number;
  incomingBitrate?: number;
  /** kbit/s the browser believes it can send. */
  availableOutgoingBitrate?: number;
  totalBytesSent?: number;
  totalBytesReceived?: number;
  /** Milliseconds. */
  rtt?: number;
  network?: string;
}
