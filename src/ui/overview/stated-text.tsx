/** Text that an image states; https addresses in it are links, everything else is only text. */
import { httpsAddress } from '../../core/report/about-image.ts';

/** In a window of its own: leaving this one would end the downloads that run in it. */
export function StatedText(props: { text: string; address?: string | undefined }) {
  const address = props.address ?? httpsAddress(props.text)?.href;
  if (address === undefined) return <>{props.text}</>;
  return (
    <a href={address} target="_blank" rel="noopener noreferrer">
      {props.text}
    </a>
  );
}
