// Times ITK's filters on request: reads an operator's name from each line, answers seconds and voxels as JSON.
// itk_peers GREY SIZE: a cube of 16-bit voxels without a header. ITK takes as many threads as there are cores.
#include <itkBinShrinkImageFilter.h>
#include <itkBSplineInterpolateImageFunction.h>
#include <itkConnectedComponentImageFilter.h>
#include <itkDiscreteGaussianImageFilter.h>
#include <itkEuler3DTransform.h>
#include <itkImage.h>
#include <itkImageToHistogramFilter.h>
#include <itkMedianImageFilter.h>
#include <itkOtsuThresholdCalculator.h>
#include <itkRegionOfInterestImageFilter.h>
#include <itkRelabelComponentImageFilter.h>
#include <itkResampleImageFilter.h>
#include <itkSignedMaurerDistanceMapImageFilter.h>
#include <itkSubtractImageFilter.h>

#include <chrono>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <functional>
#include <iostream>
#include <map>
#include <string>

namespace {

using Grey = itk::Image<uint16_t, 3>;
using Real = itk::Image<float, 3>;
using Fraction = itk::Image<int16_t, 3>;
using Mask = itk::Image<uint8_t, 3>;
using Labels = itk::Image<uint32_t, 3>;

template <class Image>
typename Image::Pointer cube(size_t size) {
  auto image = Image::New();
  image->SetRegions(typename Image::SizeType{{size, size, size}});
  image->Allocate();
  return image;
}

// The first slices, for filters that take minutes on a whole volume.
template <class Image>
typename Image::Pointer few(typename Image::Pointer from, size_t slices) {
  auto cut = itk::RegionOfInterestImageFilter<Image, Image>::New();
  auto region = from->GetLargestPossibleRegion();
  region.SetSize(2, slices);
  cut->SetInput(from);
  cut->SetRegionOfInterest(region);
  cut->Update();
  return cut->GetOutput();
}

template <class Filter>
void run(Filter filter) {
  filter->UpdateLargestPossibleRegion();
}

}  // namespace

int main(int count, char** words) {
  if (count != 3) return 2;
  const size_t size = std::stoul(words[2]);
  auto grey = cube<Grey>(size);
  std::ifstream(words[1], std::ios::binary).read(reinterpret_cast<char*>(grey->GetBufferPointer()), 2 * size * size * size);
  auto real = cube<Real>(size);
  auto other = cube<Real>(size);
  auto fraction = cube<Fraction>(size);
  auto mask = cube<Mask>(size);
  for (size_t i = 0; i < size * size * size; ++i) {
    const uint16_t value = grey->GetBufferPointer()[i];
    real->GetBufferPointer()[i] = value;
    other->GetBufferPointer()[i] = 1.01f * value;
    fraction->GetBufferPointer()[i] = static_cast<int16_t>(value - 30000);
    mask->GetBufferPointer()[i] = value > 33000;
  }
  const auto half_mask = few<Mask>(mask, size / 2);
  const auto half_real = few<Real>(real, size / 2);
  const auto thin = few<Fraction>(fraction, 24);

  const auto gaussian = [](Real::Pointer image) {
    auto filter = itk::DiscreteGaussianImageFilter<Real, Real>::New();
    filter->SetInput(image);
    filter->SetVariance(1);
    filter->SetMaximumError(1e-4);
    run(filter);
  };
  struct Operator {
    size_t voxels;
    std::function<void()> run;
  };
  const size_t all = size * size * size;
  const std::map<std::string, Operator> operators = {
      {"gaussian", {all, [&] { gaussian(real); }}},
      {"difference",
       {all,
        [&] {
          auto minus = itk::SubtractImageFilter<Real>::New();
          minus->SetInput1(real);
          minus->SetInput2(other);
          minus->Update();
          gaussian(minus->GetOutput());
        }}},
      {"median cube 7",
       {24 * size * size,
        [&] {
          auto filter = itk::MedianImageFilter<Fraction, Fraction>::New();
          filter->SetInput(thin);
          filter->SetRadius(3);
          run(filter);
        }}},
      {"label 26",
       {all,
        [&] {
          auto label = itk::ConnectedComponentImageFilter<Mask, Labels>::New();
          label->SetInput(mask);
          label->FullyConnectedOn();
          auto sized = itk::RelabelComponentImageFilter<Labels, Labels>::New();
          sized->SetInput(label->GetOutput());
          sized->SetMinimumObjectSize(50);
          run(sized);
        }}},
      {"otsu 16-bit",
       {all,
        [&] {
          using Histograms = itk::Statistics::ImageToHistogramFilter<Grey>;
          auto counts = Histograms::New();
          counts->SetInput(grey);
          counts->SetAutoMinimumMaximum(true);
          Histograms::HistogramSizeType bins(1);
          bins.Fill(65536);
          counts->SetHistogramSize(bins);
          auto otsu = itk::OtsuThresholdCalculator<Histograms::HistogramType>::New();
          otsu->SetInput(counts->GetOutput());
          counts->Update();
          otsu->Compute();
        }}},
      {"bin 2x2x2",
       {all,
        [&] {
          auto filter = itk::BinShrinkImageFilter<Grey, Grey>::New();
          filter->SetInput(grey);
          filter->SetShrinkFactors(2);
          run(filter);
        }}},
      {"distance",
       {all / 2,
        [&] {
          auto filter = itk::SignedMaurerDistanceMapImageFilter<Mask, Real>::New();
          filter->SetInput(half_mask);
          filter->SquaredDistanceOff();
          filter->UseImageSpacingOff();
          run(filter);
        }}},
      {"resample",
       {all / 2,
        [&] {
          auto turn = itk::Euler3DTransform<double>::New();
          turn->SetRotation(0.5 * std::acos(-1.0) / 180, 0, 0);
          turn->SetTranslation(itk::Vector<double, 3>(std::array<double, 3>{0.1, 0.6, 0.3}.data()));
          auto spline = itk::BSplineInterpolateImageFunction<Real, double, float>::New();
          spline->SetSplineOrder(3);
          auto filter = itk::ResampleImageFilter<Real, Real>::New();
          filter->SetInput(half_real);
          filter->SetTransform(turn);
          filter->SetInterpolator(spline);
          filter->SetReferenceImage(half_real);
          filter->UseReferenceImageOn();
          run(filter);
        }}},
  };

  std::puts("ready");
  std::fflush(stdout);
  for (std::string line; std::getline(std::cin, line);) {
    const auto found = operators.find(line);
    if (found == operators.end()) {
      std::puts("{}");
    } else {
      const auto start = std::chrono::steady_clock::now();
      found->second.run();
      const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
      std::printf("{\"seconds\": %.6f, \"voxels\": %zu}\n", took.count(), found->second.voxels);
    }
    std::fflush(stdout);
  }
}
