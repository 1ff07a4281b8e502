import { useEffect, useRef, useState } from 'react';
import type { Output, ScanDraft } from '../../../contract/app.ts';
import type { AxisName } from '../../../core/geometry.ts';
import { Choice, Empty, Slider } from '../../components/controls.tsx';
import { digits } from '../../components/format.ts';
import { call } from '../../host/call.ts';

const PLANES = [
  ['z', 'xy'],
  ['y', 'xz'],
  ['x', 'yz'],
] as const;
const WAIT_MS = 60;

function placeOf({ path, frame = 0, hints = {} }: ScanDraft) {
  return { path, frame, hints };
}

/** A plane of a scan that was found, so that nobody takes the wrong folder. */
export function Preview({ draft }: { draft: ScanDraft | null }) {
  const [axis, setAxis] = useState<AxisName>('z');
  const [at, setAt] = useState(0.5);
  const [plane, setPlane] = useState<Output<'preview'> | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const asked = draft && !draft.blocked ? JSON.stringify(placeOf(draft)) : null;

  useEffect(() => {
    if (!asked) return setPlane(null);
    const reading = new AbortController();
    const timer = window.setTimeout(() => {
      call('preview', { ...(JSON.parse(asked) as ReturnType<typeof placeOf>), axis, at }, reading.signal)
        .then((found) => {
          setPlane(found);
          setProblem(null);
        })
        .catch((error: Error) => {
          if (reading.signal.aborted) return;
          setPlane(null);
          setProblem(error.message);
        });
    }, WAIT_MS);
    return () => {
      window.clearTimeout(timer);
      reading.abort();
    };
  }, [asked, axis, at]);

  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (!context || !plane) return;
    const bytes = Uint8Array.from(atob(plane.pixels), (letter) => letter.charCodeAt(0));
    const picture = context.createImageData(plane.width, plane.height);
    for (const [index, value] of bytes.entries()) picture.data.set([value, value, value, 255], index * 4);
    context.putImageData(picture, 0, 0);
  }, [plane]);

  if (!draft) return <Empty title="No scan selected">A plane of the selected scan is shown here.</Empty>;
  return (
    <div className="preview">
      <div className="preview-picture">
        {plane ? (
          <canvas
            ref={canvas}
            width={plane.width}
            height={plane.height}
            role="img"
            aria-label={`A plane of ${draft.name}`}
          />
        ) : (
          problem && <Empty title="No preview">{problem}</Empty>
        )}
      </div>
      <div className="preview-row">
        <Choice label="Plane" value={axis} options={PLANES} onChange={setAxis} />
        <Slider label="Place along the axis" value={at} onChange={setAt} step={0.005} />
        <span className="label">{plane ? `${digits(plane.range[0])} to ${digits(plane.range[1])}` : ''}</span>
      </div>
      <p className="mono muted preview-path selectable">{draft.path}</p>
    </div>
  );
}
