import { LEAST_SHOWN } from '../transfer.ts';
import { meetings } from './meetings.glsl.ts';
import { float, LEAP, LIGHT, OUT, RAY } from './ray.glsl.ts';
import { sampling } from './sampling.glsl.ts';

/** A grey or a lithium volume fraction as it is shown, 0 to 1, and the colour of a slice of it. */
export const scalarColour = (floor: boolean) => /* glsl */ `
${sampling('S', floor)}
uniform vec2 uWindow;            // shown 0 to 1 = (count / 65535 - x) * y
uniform sampler2D uColours;
const vec2 COUNT = vec2(255.0, 65280.0) / 65535.0;
float shownAt(vec3 p) { return clamp((dot(Sread(p).rg, COUNT) - uWindow.x) * uWindow.y, 0.0, 1.0); }
vec3 sliceColour(vec3 p) { Sgo(p); return linear(textureLod(uColours, vec2((shownAt(p) * 255.0 + 0.5) / 256.0, 0.5), 0.0).rgb); }
`;

/** What a program over a scalar is made for. */
export interface ScalarVariant {
  /** Some pages show the floor. */
  floor: boolean;
  /** Slices or regions are met on the way. */
  meetings: boolean;
  /** Only pixels that `uEdges` marks are looked at again. */
  edges: boolean;
}

/**
 * A scalar as a volume, through a pre-integrated transfer function, brightened by its gradient. With `pick` the place and kind
 * (5, or 6 for a slice) of what the eye stops at instead.
 */
export function scalarShader({ floor, meetings: met, edges }: ScalarVariant, pick: boolean): string {
  return /* glsl */ `#version 300 es
precision highp float;
precision highp int;
precision highp sampler2D;
precision highp sampler3D;
precision highp usampler3D;
${pick ? 'out uvec4 found;\nuint kindFound = 0u; float foundAt = 0.0, heaviest = 0.0;' : OUT(edges)}
${RAY}
${LEAP}
${LIGHT}
${scalarColour(floor)}
uniform sampler2D uPreintegrated;
uniform float uRatio;            // this step over the one the table was made for
vec3 sum = vec3(0.0);
float opacity = 0.0;

void over(vec3 solid, float alpha, float t, uint kind) {
  float share = (1.0 - opacity) * alpha;
  sum += share * solid;
  ${pick ? 'if (opacity < 0.5 && opacity + share >= 0.5) { foundAt = t; kindFound = kind; heaviest = 2.0; }\n  if (share > heaviest) { heaviest = share; foundAt = t; kindFound = kind; }' : ''}
  opacity += share;
}
${met ? meetings('void meet(vec3 flat_, float alpha, float t, bool slice) { over(flat_, alpha, t, slice ? 6u : 0u); }') : ''}

void main() {
  bool drawn = ${edges ? 'marked() && ' : ''}startRay();
  float last = lastSample();
  float previous = -1.0;
  ${met ? 'if (drawn) meetFrom(begin - 1e-4);' : ''}
  startLeaps();
  float n = firstSample();
  while (drawn && n <= last && opacity <= uStop) {
    // What was seen fades out over the next step, whatever is there.
    float leap = n;
    if (previous <= ${float(LEAST_SHOWN)}) leap = leaped(n, last); else until = n;
    if (leap > last) break;
    if (leap != n) { Sgo(placeOf(leap - 1.0)); previous = shownAt(placeOf(leap - 1.0)); }
    n = leap;
    Sgo(placeOf(n));
    do {
      float t = (n + shift) * uStep;
      ${met ? 'meetUntil(min(t, end));' : ''}
      vec3 p = placeOf(n);
      float now = shownAt(p);
      float before = previous < 0.0 ? now : previous;
      previous = now;
      n += 1.0;
      vec4 c = textureLod(uPreintegrated, (vec2(before, now) * 255.0 + 0.5) / 256.0, 0.0);
      if (c.a > 0.0) {
        float alpha = 1.0 - pow(1.0 - c.a, uRatio);
        vec3 solid = c.rgb / c.a;
${
  pick
    ? ''
    : `        if (alpha > 0.02) {
          float h = Shalf();
          float a = dot(Sread(p + h * vec3(1, -1, -1)).rg, COUNT), b = dot(Sread(p + h * vec3(-1, -1, 1)).rg, COUNT);
          float d = dot(Sread(p + h * vec3(-1, 1, -1)).rg, COUNT), e = dot(Sread(p + h * vec3(1, 1, 1)).rg, COUNT);
          vec3 g = vec3(a - b - d + e, -a - b + d + e, -a + b - d + e);
          vec2 light = mix(vec2(1.0, 0.0), lightOf(g * uPerUm), 0.5 * clamp(length(g) * uWindow.y * 4.0, 0.0, 1.0));
          solid = solid * light.x + light.y;
        }`
}
        over(solid, alpha, t, 5u);
      }
    } while (n <= until && opacity <= uStop);
  }
  ${met ? 'if (drawn) meetUntil(end);' : ''}
  ${
    pick
      ? 'found = uvec4(floatBitsToUint(from + along * foundAt), opacity > 0.02 ? kindFound : 0u);'
      : `vec3 behind = texelFetch(uBehind, ivec2(gl_FragCoord.xy), 0).rgb;
  colour = vec4(opacity > 0.0 ? encoded(sum + (1.0 - opacity) * linear(behind)) : behind, ${edges ? 'marked() ? uShare : 0.0' : 'uShare'});`
  }
}
`;
}
