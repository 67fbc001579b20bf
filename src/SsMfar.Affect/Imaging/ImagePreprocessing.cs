using System.Globalization;

namespace SsMfar.Imaging;

/// <summary>The order of a model's three input channels.</summary>
public enum ChannelOrder
{
    /// <summary>Red, green, blue: torchvision's order and the default.</summary>
    Rgb,

    /// <summary>Blue, green, red: the order of weights trained on images read by OpenCV.</summary>
    Bgr,
}

/// <summary>One number for each colour channel, whatever order a model reads them in.</summary>
/// <param name="red">The red channel's number.</param>
/// <param name="green">The green channel's number.</param>
/// <param name="blue">The blue channel's number.</param>
public readonly struct ChannelValues(float red, float green, float blue)
{
    /// <summary>Gets the red channel's number.</summary>
    public float Red { get; } = red;

    /// <summary>Gets the green channel's number.</summary>
    public float Green { get; } = green;

    /// <summary>Gets the blue channel's number.</summary>
    public float Blue { get; } = blue;

    /// <summary>Returns the three numbers.</summary>
    public override string ToString() => FormattableString.Invariant($"red {Red}, green {Green}, blue {Blue}");
}

/// <summary>
/// What happens to pixels between a decoded image and a model's input; part of a model file's metadata, so that training and prediction
/// agree. A channel's input is (value / 255 - mean) / standard deviation, in float32, as torchvision computes it.
/// </summary>
public sealed record ImagePreprocessing
{
    /// <summary>ImageNet's channel means on the scale 0..1.</summary>
    internal static readonly ChannelValues ImageNetMean = new(0.485f, 0.456f, 0.406f);

    /// <summary>ImageNet's channel standard deviations on the scale 0..1.</summary>
    internal static readonly ChannelValues ImageNetStandardDeviation = new(0.229f, 0.224f, 0.225f);

    /// <summary>
    /// The most pixels a side that an input may have: 1024, which a network of this library takes some 200 MB an image for.
    /// </summary>
    internal const int MaximumSize = 1024;

    /// <summary>Gets the input's pixels across; 112 by default, 1 to 1024.</summary>
    public int Width { get; init; } = 112;

    /// <summary>Gets the input's pixels down; 112 by default, 1 to 1024.</summary>
    public int Height { get; init; } = 112;

    /// <summary>Gets the mean of each colour on the scale 0..1; ImageNet's by default.</summary>
    public ChannelValues Mean { get; init; } = ImageNetMean;

    /// <summary>Gets the standard deviation of each colour on the scale 0..1, positive; ImageNet's by default.</summary>
    public ChannelValues StandardDeviation { get; init; } = ImageNetStandardDeviation;

    /// <summary>Gets the order of the input's planes. Mean and deviation belong to colours and follow it by themselves.</summary>
    public ChannelOrder ChannelOrder { get; init; } = ChannelOrder.Rgb;

    /// <summary>
    /// Gets the name of the resize filter; only <c>bilinear-antialiased</c> is known: bilinear (triangle), widened when shrinking so that
    /// nothing aliases, equal bit for bit to Pillow's <c>Image.resize(size, BILINEAR, box)</c>.
    /// </summary>
    public string ResizeFilter { get; init; } = ImageResizer.FilterName;

    /// <summary>Checks the values, as after reading them from a file.</summary>
    /// <exception cref="ArgumentException">A value cannot be used; the message names it and what is allowed.</exception>
    internal void Validate()
    {
        if (Width is < 1 or > MaximumSize || Height is < 1 or > MaximumSize)
        {
            throw new ArgumentException(FormattableString.Invariant(
                $"The input size {Width}x{Height} must be from 1x1 to {MaximumSize}x{MaximumSize}."));
        }

        ReadOnlySpan<float> means = [Mean.Red, Mean.Green, Mean.Blue];
        ReadOnlySpan<float> deviations = [StandardDeviation.Red, StandardDeviation.Green, StandardDeviation.Blue];
        for (int i = 0; i < 3; i++)
        {
            if (!float.IsFinite(means[i]) || !float.IsFinite(deviations[i]) || deviations[i] <= 0)
            {
                throw new ArgumentException(
                    FormattableString.Invariant($"Mean {Mean} must be finite and standard deviation {StandardDeviation} positive."));
            }
        }

        if (!Enum.IsDefined(ChannelOrder))
        {
            throw new ArgumentException(FormattableString.Invariant($"The channel order {(int)ChannelOrder} is neither Rgb nor Bgr."));
        }

        if (ResizeFilter != ImageResizer.FilterName)
        {
            throw new ArgumentException($"The resize filter '{ResizeFilter}' is unknown; this version knows '{ImageResizer.FilterName}'.");
        }
    }

    /// <summary>Turns packed pixels into a model's input: planes instead of pixels, normalised, in <see cref="ChannelOrder"/>.</summary>
    /// <param name="pixels">Height x width x 3 values, R, G, B.</param>
    /// <param name="input">Receives 3 x height x width numbers.</param>
    /// <exception cref="ArgumentException">A span does not hold <see cref="Width"/> x <see cref="Height"/> x 3 values.</exception>
    public void Normalize(ReadOnlySpan<byte> pixels, Span<float> input)
    {
        int plane = checked(Width * Height);
        if (pixels.Length != 3 * plane || input.Length != 3 * plane)
        {
            throw new ArgumentException(
                string.Create(CultureInfo.InvariantCulture,
                    $"An input of {Width}x{Height} has {3 * plane} values; got {pixels.Length} bytes and room for {input.Length} " +
                        $"numbers."));
        }

        Span<float> table = stackalloc float[256];
        for (int colour = 0; colour < 3; colour++)
        {
            (float mean, float deviation) = colour switch
            {
                0 => (Mean.Red, StandardDeviation.Red),
                1 => (Mean.Green, StandardDeviation.Green),
                _ => (Mean.Blue, StandardDeviation.Blue),
            };
            for (int value = 0; value < table.Length; value++)
            {
                table[value] = (value / 255f - mean) / deviation;
            }

            int target = ChannelOrder == ChannelOrder.Rgb ? colour : 2 - colour;
            Span<float> output = input.Slice(target * plane, plane);
            for (int i = 0, p = colour; i < output.Length; i++, p += 3)
            {
                output[i] = table[pixels[p]];
            }
        }
    }
}
