// Times ImageJ's filters on request: java -cp ij.jar ImagejPeers.java GREY SIZE; reads an operator's name from each line, answers
// seconds and voxels as JSON. ImageJ takes as many threads as there are cores.
import ij.ImagePlus;
import ij.ImageStack;
import ij.plugin.Filters3D;
import ij.plugin.GaussianBlur3D;
import ij.process.FloatProcessor;
import ij.process.ShortProcessor;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.RandomAccessFile;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;

public class ImagejPeers {
  static final int FEW = 24;
  static final int MORE = 128;

  public static void main(String[] words) throws Exception {
    int size = Integer.parseInt(words[1]);
    ImageStack grey = new ImageStack(size, size);
    ImageStack real = new ImageStack(size, size);
    try (FileChannel file = new RandomAccessFile(words[0], "r").getChannel()) {
      for (int z = 0; z < Math.min(size, MORE); z++) {
        short[] slice = new short[size * size];
        file.map(FileChannel.MapMode.READ_ONLY, 2L * z * slice.length, 2L * slice.length)
            .order(ByteOrder.LITTLE_ENDIAN).asShortBuffer().get(slice);
        ShortProcessor processor = new ShortProcessor(size, size, slice, null);
        if (z < FEW) grey.addSlice(processor);
        real.addSlice((FloatProcessor) processor.convertToFloat());
      }
    }
    System.out.println("ready");
    BufferedReader lines = new BufferedReader(new InputStreamReader(System.in));
    for (String name = lines.readLine(); name != null; name = lines.readLine()) {
      ImageStack of = name.equals("gaussian") ? real.duplicate() : grey;
      long start = System.nanoTime();
      if (name.equals("gaussian")) GaussianBlur3D.blur(new ImagePlus("", of), 1, 1, 1);
      else if (name.equals("median ball 3")) Filters3D.filter(of, Filters3D.MEDIAN, 3, 3, 3);
      else {
        System.out.println("{}");
        continue;
      }
      double seconds = (System.nanoTime() - start) / 1e9;
      System.out.println("{\"seconds\": " + seconds + ", \"voxels\": " + (long) size * size * of.getSize() + "}");
    }
    // ImageJ's own threads would go on waiting.
    System.exit(0);
  }
}
