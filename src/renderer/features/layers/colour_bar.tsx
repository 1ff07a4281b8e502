import { useEffect, useRef } from 'react';
import { type ColourMapName, colourTable, TABLE_STEPS } from '../../../core/colour_maps.ts';

/** A colour map from its low to its high end. */
export function ColourBar({ map, label }: { map: ColourMapName; label: string }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (!context) return;
    const table = colourTable(map);
    const row = context.createImageData(TABLE_STEPS, 1);
    for (let step = 0; step < TABLE_STEPS; step++) {
      for (let c = 0; c < 3; c++) row.data[step * 4 + c] = table[step * 3 + c]!;
      row.data[step * 4 + 3] = 255;
    }
    context.putImageData(row, 0, 0);
  }, [map]);
  return <canvas ref={canvas} className="colour-bar" width={TABLE_STEPS} height={1} role="img" aria-label={label} />;
}
