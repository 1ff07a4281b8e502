import { SURFACE, UNSEEN } from '../cells.ts';
import { BRICK, CELL, SLOT } from '../grid.ts';
import { IN_ATLAS, IN_FLOOR, NOTHING, OF_PALETTE } from '../pages.ts';

/** What a program of the ray-march is made for; every combination is a program of its own. */
export interface MarchVariant {
  /** Phase fractions are drawn as a volume. */
  phases: boolean;
  /** A scalar is drawn as a volume, or only on slices. */
  scalar: 'none' | 'volume' | 'slices';
  /** Slices or regions are met on the way. */
  meetings: boolean;
  /** The result is a place instead of a colour. */
  pick: boolean;
}

const float = (value: number) => (Number.isInteger(value) ? `${value}.0` : String(value));

/** Sampling of one volume through its page table: `NAMEgo` looks a place up, `NAMEfetch` reads around it. */
const volume = (name: string) => /* glsl */ `
uniform sampler3D ${name}Atlas;
uniform sampler3D ${name}Floor;
uniform usampler3D ${name}Pages;
uniform sampler2D ${name}Palette;
uniform vec3 ${name}AtlasSize;
uniform vec3 ${name}FloorScale;
ivec3 ${name}Page = ivec3(-1);
int ${name}Kind = ${NOTHING};
vec3 ${name}Scale = vec3(0.0);
vec3 ${name}Offset = vec3(0.0);
vec4 ${name}Same = vec4(0.0);
/** Half a voxel of the level that is read, in voxels of level 0. */
vec3 ${name}Half = vec3(0.5);
ivec3 ${name}Last;

void ${name}go(vec3 p) {
  ivec3 page = clamp(ivec3(p) >> ${Math.log2(BRICK)}, ivec3(0), ${name}Last);
  if (page != ${name}Page) {
    ${name}Page = page;
    uvec4 entry = texelFetch(${name}Pages, page, 0);
    ${name}Kind = int(entry.a);
    int index = int(entry.r) + int(entry.g) * 256;
    ivec3 slot = ivec3(index & 7, (index >> 3) & 7, index >> 6);
    ivec3 brick = page >> int(entry.b);
    bool stored = ${name}Kind == ${IN_ATLAS};
    ${name}Scale = stored ? exp2(-float(entry.b)) / ${name}AtlasSize : ${name}FloorScale;
    ${name}Offset = stored ? vec3(slot * ${SLOT} + 1 - brick * ${BRICK}) / ${name}AtlasSize : vec3(0.0);
    if (${name}Kind == ${OF_PALETTE}) ${name}Same = texelFetch(${name}Palette, ivec2(index, 0), 0);
    ${name}Half = 0.5 / (${name}Scale * (stored ? ${name}AtlasSize : vec3(textureSize(${name}Floor, 0))));
  }
}
vec4 ${name}fetch(vec3 p) {
  vec3 at = p * ${name}Scale + ${name}Offset;
  vec4 value = ${name}Kind == ${OF_PALETTE} ? ${name}Same : vec4(0.0);
  if (${name}Kind == ${IN_ATLAS}) value = textureLod(${name}Atlas, at, 0.0);
  if (${name}Kind == ${IN_FLOOR}) value = textureLod(${name}Floor, at, 0.0);
  return value;
}
`;

const phasesOf = (pick: boolean) => /* glsl */ `
${volume('P')}
uniform float uSurface;          // opacity of the collector
uniform vec3 uExtinction;        // of lithium, crack, electrolyte, a µm
uniform vec3 uCollector, uLithium, uCrack, uElectrolyte;

vec4 fractionsAt(vec3 p) { Pgo(p); return Pfetch(p); }

vec3 softNormal = vec3(0.0);
vec3 extinctionOf(vec4 f) { return uExtinction * max(f.gba - ${float(UNSEEN)}, 0.0); }

/**
 * The collector's surface before a sample where \`surface\`, found by bisection, then lithium and cracks at it with what electrolyte is
 * among them; both shaded by gradients from the corners of a tetrahedron half a voxel around. All reads go through one place: every
 * copy of it costs software renderers time at each pixel, whether or not it runs.
 */
void drawSolids(float t, vec3 s, bool surface, bool first) {
  float total = s.x + s.y + s.z;
  for (int turn = surface ? 0 : 1; turn < 2; turn++) {
    if (turn == 1 && total <= 0.0 || opacity > uStop) break;
    bool metal = turn == 0;
    vec3 solid = metal ? uCollector : (s.x * uLithium + s.y * uCrack) / total;
    float alpha = metal ? uSurface : 1.0 - exp(-total * uStep);
    uint kind = metal ? 1u : s.x >= s.y ? (s.x >= s.z ? 2u : 4u) : (s.y >= s.z ? 3u : 4u);
    float at = metal && first ? entry : t;
    float before = max(t - uStep, entry), after = t;
    // What hardly shows any more keeps the normal of what lies before it, by degrees so that no picture jumps.
    float own = metal ? 1.0 : smoothstep(0.18, 0.45, alpha * (1.0 - opacity));
    bool shaded = metal ? !first : own > 0.0;
    vec4 weight = metal ? vec4(1, 0, 0, 0) : vec4(0, 1, 1, 0);
    vec3 g = vec3(0.0), h = vec3(0.0), centre = vec3(0.0);
    int taps = ${pick ? 4 : 8};
    for (int i = metal ? 0 : 4; shaded && i < taps; i++) {
      vec3 corner = vec3(i == 4 || i == 7 ? 1.0 : -1.0, i >= 6 ? 1.0 : -1.0, (i & 1) == 1 ? 1.0 : -1.0);
      float middle = 0.5 * (before + after);
      if (i == 4) { at = metal ? middle : t; centre = from + along * at; h = PHalf; }
      vec4 f = fractionsAt(i < 4 ? from + along * middle : centre + h * corner);
      if (i < 4) { if (f.r >= ${float(SURFACE)}) after = middle; else before = middle; }
      else g += corner * dot(f, weight);
    }
#ifdef PICK
    if (metal && !first) at = 0.5 * (before + after);
#else
    g *= uPerUm;
    float size = length(g);
    vec3 normal = size > 1e-6 ? -g / size : vec3(0.0);
    if (!metal) normal = softNormal = mix(softNormal, normal, own);
    if (metal && first) normal = entryNormal;
    solid = lit(solid, normal, metal ? 1.0 : 0.7 * min(1.0, (s.x + s.y) / total));
#endif
    over(metal ? solid : solid + s.z * uElectrolyte / total, alpha, at, kind);
  }
}
`;

const scalar = /* glsl */ `
${volume('S')}
uniform vec2 uWindow;            // shown 0 to 1 = (count / 65535 - x) * y
uniform float uRatio;            // this step over the one the table was made for
uniform sampler2D uPreintegrated;
uniform sampler2D uColours;
float previous = -1.0;

float scalarAt(vec3 p) {
  Sgo(p);
  vec2 raw = Sfetch(p).rg;
  return clamp((dot(raw, vec2(255.0, 65280.0) / 65535.0) - uWindow.x) * uWindow.y, 0.0, 1.0);
}
void drawScalar(vec3 p, float t) {
  float now = scalarAt(p);
  float before = previous < 0.0 ? now : previous;
  previous = now;
  vec4 c = textureLod(uPreintegrated, (vec2(before, now) * 255.0 + 0.5) / 256.0, 0.0);
  if (c.a > 0.0) {
  float alpha = 1.0 - pow(1.0 - c.a, uRatio);
  vec3 solid = c.rgb / c.a;
#ifndef PICK
  if (alpha > 0.02) {
    vec3 h = SHalf;
    vec2 w = vec2(255.0, 65280.0) / 65535.0;
    float a = dot(Sfetch(p + h * vec3(1, -1, -1)).rg, w), b = dot(Sfetch(p + h * vec3(-1, -1, 1)).rg, w);
    float d = dot(Sfetch(p + h * vec3(-1, 1, -1)).rg, w), e = dot(Sfetch(p + h * vec3(1, 1, 1)).rg, w);
    vec3 g = vec3(a - b - d + e, -a - b + d + e, -a + b - d + e) * uPerUm;
    float size = length(g);
    solid = lit(solid, size > 1e-6 ? -g / size : vec3(0.0), 0.5 * clamp(length(g / uPerUm) * uWindow.y * 4.0, 0.0, 1.0));
  }
#endif
  over(solid, alpha, t, 5u);
  }
}
`;

const skipping = (seenBefore: string) => /* glsl */ `
      if (uReach >= 0) {
        ivec3 cell = clamp(ivec3(p) >> ${Math.log2(CELL)}, ivec3(0), cells);
        int far = int(texelFetch(uCells, cell, 0).r) - uReach;
        if (far > 0) {
          vec3 side = vec3(cell + ahead * (2 * far - 1) - (far - 1)) * ${float(CELL)};
          vec3 ways = (side - p) * inverse;
          n = max(n + 1.0, ceil((t + min(min(ways.x, ways.y), ways.z)) / uStep - shift));
          first = false;
          ${seenBefore}
          continue;
        }
      }`;

/**
 * Phases in two loops: the inner one walks through what is empty or faint, the outer one draws what it finds. Software
 * renderers keep every variable of a loop in memory, so what runs for each sample has to be short.
 */
const marchPhases = (meetings: boolean) => /* glsl */ `
void march(float begin, float end, float shift) {
  ${meetings ? 'meetFrom(begin - 1e-4);' : ''}
  float n = ceil(begin / uStep - shift);
  float last = floor(end / uStep - shift);
  vec3 inverse = 1.0 / along;
  ivec3 ahead = ivec3(greaterThan(along, vec3(0.0)));
  ivec3 cells = textureSize(uCells, 0) - 1;
  bool first = true;
  bool inside = false;
  bool surface = uSurface > 0.0;
  bool opaque = uSurface >= 1.0;
  while (n <= last && opacity <= uStop) {
    vec4 f = vec4(0.0);
    vec3 s = vec3(0.0);
    vec3 p = vec3(0.0);
    float t = 0.0;
    bool now = false;
    bool found = false;
    while (n <= last) {
      t = (n + shift) * uStep;
      p = from + along * t;
      ${skipping('inside = false;')}
      f = fractionsAt(p);
      now = surface && f.r >= ${float(SURFACE)};
      s = now && opaque ? vec3(0.0) : extinctionOf(f);
      found = ${meetings ? 'at <= t || ' : ''}now && !inside || s.x + s.y > 0.0;
      if (found) break;
      if (s.z > 0.0) {
        over(uElectrolyte, 1.0 - exp(-s.z * uStep), t, 4u);
        if (opacity > uStop) break;
      }
      inside = now;
      first = false;
      n += 1.0;
    }
    if (!found) break;
    ${meetings ? 'meetUntil(min(t, end));' : ''}
    drawSolids(t, s, now && !inside, first);
    inside = now;
    first = false;
    n += 1.0;
  }
  ${meetings ? 'meetUntil(end);' : ''}
}
`;

const marchScalar = (meetings: boolean) => /* glsl */ `
void march(float begin, float end, float shift) {
  ${meetings ? 'meetFrom(begin - 1e-4);' : ''}
  float last = floor(end / uStep - shift);
  for (float n = ceil(begin / uStep - shift); n <= last && opacity <= uStop; n += 1.0) {
    float t = (n + shift) * uStep;
    ${meetings ? 'meetUntil(min(t, end));' : ''}
    drawScalar(from + along * t, t);
  }
  ${meetings ? 'meetUntil(end);' : ''}
}
`;

/** Colour of a slice where the ray meets it. */
const sliceColour = ({ phases, scalar }: MarchVariant) => {
  if (scalar !== 'none')
    return 'return linear(textureLod(uColours, vec2((scalarAt(p) * 255.0 + 0.5) / 256.0, 0.5), 0.0).rgb);';
  if (phases)
    return `vec4 f = fractionsAt(p);
      return vec3(0.012) + f.r * uCollector * 0.8 + f.g * uLithium + f.b * uCrack + f.a * uElectrolyte * 0.35;`;
  return 'return vec3(0.02);';
};

/** Slices and faces of regions on the way of a ray. */
const meetingsOf = (variant: MarchVariant) => /* glsl */ `
float at; int which;
vec3 sliceColour(vec3 p) { ${sliceColour(variant)} }
/** The next meeting with a slice (0 to 2) or a face of a region (3 …) beyond t. */
void meetFrom(float t) {
  at = 1e30; which = -1;
  vec3 s3 = mix((uSlice - from) / along, vec3(-1e30), lessThan(uSlice, vec3(0.0)));
  if (s3.x > t && s3.x < at) { at = s3.x; which = 0; }
  if (s3.y > t && s3.y < at) { at = s3.y; which = 1; }
  if (s3.z > t && s3.z < at) { at = s3.z; which = 2; }
  for (int i = 0; i < uBoxes; i++) {
    vec3 a = (uBoxLow[i] - from) / along, b = (uBoxHigh[i] - from) / along;
    vec3 lo = min(a, b), hi = max(a, b);
    float s0 = max(max(lo.x, lo.y), lo.z), s1 = min(min(hi.x, hi.y), hi.z);
    if (s0 >= s1) continue;
    if (s0 > t && s0 < at) { at = s0; which = 3 + i; }
    if (s1 > t && s1 < at) { at = s1; which = 3 + i; }
  }
}
void meet(float t, int which) {
  vec3 p = from + along * t;
  if (which < 3) over(sliceColour(p), 1.0, t, 6u);
  else over(uBoxColour[which - 3].rgb, uBoxColour[which - 3].a, t, 0u);
}
void meetUntil(float end) {
  while (at <= end && opacity <= uStop) {
    meet(at, which);
    meetFrom(at + 1e-5 * (1.0 + at));
  }
}
`;

/** The ray-march. Places are x, y, z; voxels count from the corner of the first one, lengths are µm. */
export function marchShader(variant: MarchVariant): string {
  return /* glsl */ `#version 300 es
precision highp float;
precision highp int;
precision highp sampler2D;
precision highp sampler3D;
precision highp usampler3D;
${variant.pick ? '#define PICK' : ''}

uniform mat4 uFromClip;          // clip space to µm
uniform vec2 uPixel;             // 2 / size of the picture
uniform vec3 uPerUm;             // voxels a µm
uniform vec3 uLow, uHigh;        // the box that is drawn, voxels
uniform vec4 uPlanes[6];         // µm: kept where dot(xyz, place) >= w
uniform int uPlaneCount;
uniform float uStep;             // µm between samples
uniform uint uFrame;
uniform float uStop;             // opacity at which a ray ends
uniform usampler3D uCells;       // distance to what can be seen, cells of ${CELL} voxels
uniform int uReach;              // cells a sample can reach beyond its own; below 0: nothing is skipped
uniform vec3 uSlice;             // voxels; below 0: none
uniform vec3 uBoxLow[8], uBoxHigh[8];
uniform vec4 uBoxColour[8];
uniform int uBoxes;
uniform sampler2D uDepth;
uniform sampler2D uBehind;
uniform vec3 uKey;               // direction to the light
${variant.pick ? 'uniform vec2 uCentre;\nout uvec4 found;' : 'out vec4 colour;'}

vec3 from, along, toEye;         // voxels, voxels a µm
float entry;
vec3 entryNormal = vec3(0.0);
vec3 sum = vec3(0.0);
float opacity = 0.0;
${variant.pick ? 'uint foundKind = 0u; float foundAt = -1.0; float heaviest = 0.0;' : ''}

vec3 linear(vec3 c) { return mix(c / 12.92, pow((c + 0.055) / 1.055, vec3(2.4)), step(0.04045, c)); }
vec3 encoded(vec3 c) { return mix(c * 12.92, 1.055 * pow(c, vec3(1.0 / 2.4)) - 0.055, step(0.0031308, c)); }

/** Two lights, one with the eye; \`share\` of the colour follows the surface, less where the normal is shorter than 1. */
vec3 lit(vec3 solid, vec3 normal, float share) {
  float sure = length(normal);
  normal /= max(sure, 1e-4);
  float key = max(dot(normal, uKey), 0.0);
  float eye = max(dot(normal, toEye), 0.0);
  float shine = max(dot(normal, normalize(uKey + toEye)), 0.0);
  shine *= shine * shine;
  shine *= shine;
  shine *= shine;
  shine *= shine;
  float light = mix(0.65, 0.16 + 0.62 * key + 0.38 * eye, sure);
  return solid * mix(1.0, light, share) + 0.07 * share * sure * shine;
}

void over(vec3 solid, float alpha, float t, uint kind) {
  float share = (1.0 - opacity) * alpha;
  sum += share * solid;
  ${
    variant.pick
      ? 'if (opacity < 0.5 && opacity + share >= 0.5) { foundAt = t; foundKind = kind; heaviest = 2.0; }\n  if (share > heaviest) { heaviest = share; foundAt = t; foundKind = kind; }'
      : ''
  }
  opacity += share;
}
${variant.phases ? phasesOf(variant.pick) : ''}
${variant.scalar !== 'none' ? scalar : ''}

${variant.meetings ? meetingsOf(variant) : ''}

/** Cuts the ray to where dot(normal, place) >= offset, from value and slope along it. */
void keep(float value, float slope, vec3 normal, inout float begin, inout float end) {
  if (abs(slope) < 1e-12) { if (value < 0.0) end = -1.0; return; }
  float t = -value / slope;
  if (slope > 0.0) { if (t > begin) { begin = t; entryNormal = -normal; } } else end = min(end, t);
}

/** A fraction of a step, the same for a pixel and frame on every machine. */
float jitter(uvec2 pixel) {
  uint h = pixel.x * 0x9E3779B1u ^ (pixel.y + uFrame * 0x632BE5ABu) * 0x85EBCA77u;
  h ^= h >> 15; h *= 0x2C1B3C6Du; h ^= h >> 12; h *= 0x297A2D39u; h ^= h >> 15;
  return float(h >> 8) / 16777216.0;
}

${(variant.phases ? marchPhases : marchScalar)(variant.meetings)}
void main() {
  vec2 ndc = ${variant.pick ? 'uCentre' : 'gl_FragCoord.xy * uPixel - 1.0'};
  vec4 near = uFromClip * vec4(ndc, -1.0, 1.0);
  vec4 far = uFromClip * vec4(ndc, 1.0, 1.0);
  vec3 origin = near.xyz / near.w;
  vec3 path = far.xyz / far.w - origin;
  float end = length(path);
  vec3 way = path / end;
  toEye = -way;
  ${variant.phases ? 'PLast = textureSize(PPages, 0) - 1;' : ''}
  ${variant.scalar !== 'none' ? 'SLast = textureSize(SPages, 0) - 1;' : ''}
  from = origin * uPerUm + 0.5;
  along = way * uPerUm;
  along += vec3(equal(along, vec3(0.0))) * 1e-9;
  ${
    variant.pick
      ? ''
      : `ivec2 pixel = ivec2(gl_FragCoord.xy);
  float depth = texelFetch(uDepth, pixel, 0).r;
  vec3 behind = texelFetch(uBehind, pixel, 0).rgb;
  if (depth < 1.0) {
    vec4 solid = uFromClip * vec4(ndc, depth * 2.0 - 1.0, 1.0);
    end = min(end, dot(solid.xyz / solid.w - origin, way));
  }`
  }
  vec3 sideA = (uLow - from) / along, sideB = (uHigh - from) / along;
  vec3 nearer = min(sideA, sideB), farther = max(sideA, sideB);
  float begin = max(max(nearer.x, nearer.y), nearer.z);
  if (begin > 0.0) entryNormal = -sign(along) * vec3(equal(nearer, vec3(begin)));
  begin = max(begin, 0.0);
  end = min(end, min(min(farther.x, farther.y), farther.z));
  for (int i = 0; i < uPlaneCount; i++)
    keep(dot(uPlanes[i].xyz, origin) - uPlanes[i].w, dot(uPlanes[i].xyz, way), uPlanes[i].xyz, begin, end);
  entry = begin;
  if (begin < end) march(begin, end, ${variant.pick ? '0.5' : 'jitter(uvec2(pixel))'});
  ${
    variant.pick
      ? 'found = uvec4(floatBitsToUint(from + along * foundAt), opacity > 0.02 ? foundKind : 0u);'
      : `colour = vec4(behind, 1.0);
  if (opacity > 0.0) colour.rgb = encoded(sum + (1.0 - opacity) * linear(behind));`
  }
}
`;
}

export const FULL_SCREEN = /* glsl */ `#version 300 es
void main() { gl_Position = vec4(vec2((gl_VertexID << 1) & 2, gl_VertexID & 2) * 2.0 - 1.0, 0.0, 1.0); }
`;

/** Shows a picture, stretched to the canvas. */
export const SHOW = /* glsl */ `#version 300 es
precision highp float;
uniform sampler2D uPicture;
uniform vec2 uPixel;
out vec4 colour;
void main() { colour = vec4(textureLod(uPicture, gl_FragCoord.xy * uPixel, 0.0).rgb, 1.0); }
`;

/** Lines as strips of constant width; one instance a line. */
export const LINES = /* glsl */ `#version 300 es
layout(location = 0) in vec3 a;
layout(location = 1) in vec3 b;
layout(location = 2) in vec4 tint;
uniform mat4 uToClip;
uniform vec2 uSize;
uniform float uWidth;
out vec4 shade;
void main() {
  vec4 p = uToClip * vec4(a, 1.0), q = uToClip * vec4(b, 1.0);
  const float NEAR = 1e-5;
  if (p.w + p.z < NEAR && q.w + q.z >= NEAR) p = mix(p, q, (NEAR - p.w - p.z) / (q.w + q.z - p.w - p.z));
  else if (q.w + q.z < NEAR && p.w + p.z >= NEAR) q = mix(q, p, (NEAR - q.w - q.z) / (p.w + p.z - q.w - q.z));
  vec2 way = (q.xy / q.w - p.xy / p.w) * uSize;
  vec2 across = length(way) > 0.0 ? normalize(vec2(-way.y, way.x)) : vec2(0.0, 1.0);
  vec4 end = (gl_VertexID & 1) == 0 ? p : q;
  float side = gl_VertexID < 2 ? -1.0 : 1.0;
  gl_Position = end + vec4(across * side * uWidth / uSize * end.w, 0.0, 0.0);
  shade = tint;
}
`;

export const LINE_COLOUR = /* glsl */ `#version 300 es
precision mediump float;
in vec4 shade;
out vec4 colour;
void main() { colour = shade; }
`;

/** The ground behind the cell: a calm gradient. */
export const GROUND = /* glsl */ `#version 300 es
precision highp float;
uniform vec3 uTop, uBottom;
uniform vec2 uPixel;
out vec4 colour;
void main() { colour = vec4(mix(uBottom, uTop, smoothstep(0.0, 1.0, gl_FragCoord.y * uPixel.y * 0.5)), 1.0); }
`;
