import { SURFACE, UNSEEN } from '../cells.ts';
import { meetings } from './meetings.glsl.ts';
import { float, LEAP, LIGHT, OUT, RAY } from './ray.glsl.ts';
import { sampling } from './sampling.glsl.ts';
import { scalarColour } from './scalar.glsl.ts';

/** What a program over phase fractions is made for. */
export interface PhaseVariant {
  /** Some pages show the floor. */
  floor: boolean;
  /** Slices or regions are met on the way; slices show a scalar, or the phases themselves. */
  meetings: 'none' | 'scalar' | 'phases';
  /** Only pixels that `uEdges` marks are looked at again. */
  edges: boolean;
}

const phaseSlice = /* glsl */ `
vec3 sliceColour(vec3 p) {
  vec4 f = fractionsAt(p);
  return vec3(0.012) + f.r * uCollector * 0.8 + f.g * uLithium + f.b * uCrack + f.a * uElectrolyte * 0.35;
}
`;

/**
 * A ray through phase fractions. The march finds of each phase the share that it has of the pixel, the sample where the collector's
 * surface is crossed first and the one where lithium or a crack weighs most; nothing is done there that is not needed at each
 * sample, of which there are many. Then comes the light, once a pixel: on the collector's surface, found by bisection, and on
 * lithium and cracks, each by the gradient from the corners of a tetrahedron half a voxel around it. With `pick` the place and
 * kind (1 to 4 as the phases, 6 a slice) of what has the largest share instead.
 */
export function phasesShader({ floor, meetings: met, edges }: PhaseVariant, pick: boolean): string {
  const meets = met !== 'none';
  return /* glsl */ `#version 300 es
precision highp float;
precision highp int;
precision highp sampler2D;
precision highp sampler3D;
precision highp usampler3D;
${pick ? 'out uvec4 found;' : OUT(edges)}
${RAY}
${LEAP}
${LIGHT}
${sampling('P', floor)}
uniform float uSurface;          // opacity of the collector
uniform vec3 uExtinction;        // of lithium, crack, electrolyte: by what power of two light fades in a µm
uniform vec3 uCollector, uLithium, uCrack, uElectrolyte;
float opacity = 0.0;
vec4 fractionsAt(vec3 p) { Pgo(p); return Pread(p); }
${met === 'phases' ? phaseSlice : met === 'scalar' ? scalarColour(floor) : ''}
${
  meets
    ? `vec4 met = vec4(0.0);
float sliceAt = 0.0;
${meetings('void meet(vec3 flat_, float alpha, float t, bool slice) {\n  float share = (1.0 - opacity) * alpha;\n  met += share * vec4(flat_, 1.0);\n  opacity += share;\n  if (slice) sliceAt = t;\n}')}`
    : ''
}
vec3 gradientAt(vec3 centre, vec4 weight) {
  Pgo(centre);
  float h = Phalf();
  vec3 g = vec3(0.0);
  for (int i = 0; i < 4; i++) {
    vec3 corner = vec3(i == 0 || i == 3 ? 1.0 : -1.0, i >= 2 ? 1.0 : -1.0, (i & 1) == 1 ? 1.0 : -1.0);
    g += corner * dot(Pread(centre + h * corner), weight);
  }
  return g * uPerUm;
}
/** Where the collector's fraction passes its surface before a sample. */
float surfaceBefore(float n) {
  float before = max((n - 1.0 + shift) * uStep, begin), after = (n + shift) * uStep;
  Pgo(from + along * 0.5 * (before + after));
  for (int i = 0; i < 4; i++) {
    float middle = 0.5 * (before + after);
    if (Pread(from + along * middle).r >= ${float(SURFACE)}) after = middle; else before = middle;
  }
  return 0.5 * (before + after);
}


void main() {
  bool drawn = ${edges ? 'marked() && ' : ''}startRay();
  vec4 shares = vec4(0.0);
  float soft = 0.0, metal = 0.0, heaviest = 0.0;
  bool inside = false;
  float last = lastSample();
  startLeaps();
  float n = firstSample();
  ${meets ? 'if (drawn) meetFrom(begin - 1e-4);' : ''}
  while (drawn && n <= last && opacity <= uStop) {
    float leap = leaped(n, last);
    if (leap > last) break;
    inside = inside && leap == n;
    n = leap;
    // Fog is sampled once for all that it fills, somewhere in it: pictures are averaged.
    float run = fog ? until - n + 1.0 : 1.0;
    float at = n + (fog ? floor(shift * run) : 0.0);
    float stretch = uStep * run;
    Pgo(placeOf(at));
    Pline(cellsAt * uCell, cellsAlong * uCell);
    do {
      ${meets ? 'meetUntil(min((n + shift) * uStep, end));' : ''}
      vec4 f = PreadAt(at);
      float left = 1.0 - opacity;
      bool now = f.r >= ${float(SURFACE)} && uSurface > 0.0;
      if (now && !inside) {
        if (shares.r == 0.0) metal = n;
        shares.r += left * uSurface;
        left -= left * uSurface;
      }
      inside = now;
      vec3 s = uExtinction * max(f.gba - ${float(UNSEEN)}, 0.0);
      float total = s.x + s.y + s.z;
      float through = left * exp2(-total * stretch);
      s *= (left - through) / max(total, 1e-12);
      shares.gba += s;
      // Fog has no surface: it counts only where there is nothing else.
      float weight = s.x + s.y + 1e-3 * s.z;
      if (weight > heaviest) { heaviest = weight; soft = at; }
      opacity = 1.0 - through;
      n += run;
      at = n;
    } while (n <= until && opacity <= uStop);
  }
  ${meets ? 'if (drawn) meetUntil(end);' : ''}
  float softAt = (soft + shift) * uStep;
  bool cut = metal == firstSample();
  float metalAt = begin;
  if (shares.r > 0.0 && !cut) metalAt = surfaceBefore(metal);
${
  pick
    ? `  uint kind = 0u;
  float at = softAt, most = 0.0;
  if (shares.r > most) { most = shares.r; kind = 1u; at = metalAt; }
  if (shares.g > most) { most = shares.g; kind = 2u; at = softAt; }
  if (shares.b > most) { most = shares.b; kind = 3u; at = softAt; }
  if (shares.a > most) { most = shares.a; kind = 4u; at = softAt; }
  ${meets ? 'if (sliceAt > 0.0 && 1.0 - dot(shares, vec4(1.0)) > most) { most = 1.0; kind = 6u; at = sliceAt; }' : ''}
  found = uvec4(floatBitsToUint(from + along * at), most > 0.02 ? kind : 0u);`
    : `  vec3 sum = shares.a * uElectrolyte${meets ? ' + met.rgb' : ''};
  float both = shares.g + shares.b;
  if (both > 0.0) {
    vec2 light = mix(vec2(1.0, 0.0), lightOf(gradientAt(from + along * softAt, vec4(0, 1, 1, 0))), 0.7);
    sum += (shares.g * uLithium + shares.b * uCrack) * light.x + both * light.y;
  }
  if (shares.r > 0.0) {
    vec2 light = lightOf(cut ? -entryNormal : gradientAt(from + along * metalAt, vec4(1, 0, 0, 0)));
    sum += shares.r * (uCollector * light.x + light.y);
  }
  vec3 behind = texelFetch(uBehind, ivec2(gl_FragCoord.xy), 0).rgb;
  colour = vec4(opacity > 0.0 ? encoded(sum + (1.0 - opacity) * linear(behind)) : behind, ${edges ? 'marked() ? uShare : 0.0' : 'uShare'});`
}
}
`;
}
