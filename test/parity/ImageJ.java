// Runs ImageJ's own filters without a window: java -cp ij.jar ImageJ.java DIRECTORY NX NY NZ, on grey.raw (16-bit) and
// real.raw (32-bit), least significant byte first, into median.raw and gaussian.raw.
import ij.ImagePlus;
import ij.ImageStack;
import ij.io.FileInfo;
import ij.io.FileOpener;
import ij.io.FileSaver;
import ij.plugin.Filters3D;
import ij.plugin.GaussianBlur3D;

public class ImageJ {
  public static void main(String[] args) {
    String directory = args[0];
    ImagePlus grey = open(directory + "/grey.raw", FileInfo.GRAY16_UNSIGNED, args);
    ImageStack median = Filters3D.filter(grey.getStack(), Filters3D.MEDIAN, 3, 3, 3);
    new FileSaver(new ImagePlus("median", median)).saveAsRawStack(directory + "/median.raw");
    ImagePlus real = open(directory + "/real.raw", FileInfo.GRAY32_FLOAT, args);
    GaussianBlur3D.blur(real, 1, 1, 1);
    new FileSaver(real).saveAsRawStack(directory + "/gaussian.raw");
    System.exit(0);
  }

  static ImagePlus open(String path, int type, String[] args) {
    FileInfo info = new FileInfo();
    info.fileFormat = FileInfo.RAW;
    info.fileName = path.substring(path.lastIndexOf('/') + 1);
    info.directory = path.substring(0, path.lastIndexOf('/') + 1);
    info.width = Integer.parseInt(args[1]);
    info.height = Integer.parseInt(args[2]);
    info.nImages = Integer.parseInt(args[3]);
    info.fileType = type;
    info.intelByteOrder = true;
    return new FileOpener(info).openImage();
  }
}
