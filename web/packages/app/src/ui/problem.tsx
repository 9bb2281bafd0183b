/** What went wrong, where it was asked for; nothing without one. */
export function Problem({ text }: { text: string | undefined }) {
  if (!text) return null;
  return (
    <p className="problem" role="alert">
      {text}
    </p>
  );
}
