namespace SsMfar.Kernels.Fixed;

/// <summary>
/// How a convolution is cut up: a part has the sums of a block of outputs for some images, or for some pixels of one, and reads the block's
/// filters once.
/// </summary>
/// <param name="Images">N.</param>
/// <param name="Pixels">Pixels of an image's output.</param>
/// <param name="Blocks">Blocks of outputs.</param>
/// <param name="Together">Images of a part.</param>
/// <param name="Shares">Into how many the pixels are cut; 1 unless a part has one image.</param>
internal readonly record struct ConvolutionParts(int Images, int Pixels, int Blocks, int Together, int Shares)
{
    /// <summary>The most sums of a part, of 64 outputs each: 64 KB of a core's cache.</summary>
    public const int Fitting = 256;

    /// <summary>Gets how many batches of images there are.</summary>
    public int Batches => Divided(Images, Together);

    /// <summary>Gets the images of the last batch.</summary>
    public int Last => Images - ((Batches - 1) * Together);

    /// <summary>Gets how many parts there are.</summary>
    public int Count => Blocks * Batches * Shares;

    /// <summary>Gets how many sums the largest part has.</summary>
    public nint MostSums => (nint)Together * Divided(Pixels, Shares);

    /// <summary>Parts whose sums fit, as few of them as keep all threads busy: each reads its filters anew.</summary>
    /// <param name="images">N, at least 1.</param>
    /// <param name="pixels">Pixels of an image's output.</param>
    /// <param name="blocks">Blocks of outputs.</param>
    /// <param name="threads">How many threads there are.</param>
    public static ConvolutionParts Of(int images, int pixels, int blocks, int threads)
    {
        int batches = Math.Max(Divided(images, Math.Max(1, Fitting / pixels)), Math.Min(images, Divided(threads, blocks)));
        int together = Divided(images, batches);
        int shares = together > 1 ? 1
            : Math.Min(pixels, Math.Max(Divided(pixels, Fitting), Divided(threads, blocks * images)));
        return new(images, pixels, blocks, together, shares);
    }

    /// <summary>A part: those of a block follow one another.</summary>
    public (int Block, int Batch, int Share) At(int part)
    {
        (int block, int rest) = Math.DivRem(part, Batches * Shares);
        (int batch, int share) = Math.DivRem(rest, Shares);
        return (block, batch, share);
    }

    private static int Divided(int length, int most) => (length + most - 1) / most;
}
