using SsMfar.Imaging;

namespace SsMfar.Models;

/// <summary>
/// What images weights were trained on: the order of the planes, and what was done to the numbers of the pixels, which is
/// (value - <see cref="Mean"/>) / <see cref="StandardDeviation"/>. It is a property of the weights and is not in their file.
/// <para>
/// The network that such weights are loaded into takes RGB planes, and the model that is trained from them says how they are normalised:
/// by the same means, and by the same deviations or, where the weights were trained without any, by ImageNet's, for which the first
/// convolution is scaled while loading. It computes the same features.
/// </para>
/// </summary>
public sealed record PretrainedInput
{
    private const float Byte = 255;

    /// <summary>
    /// Gets the images of torchvision's, timm's and most weights of PyTorch: RGB from 0 to 1, less ImageNet's means, divided by its
    /// standard deviations.
    /// </summary>
    public static PretrainedInput ImageNet { get; } = new()
    {
        Mean = new ImagePreprocessing().Mean,
        StandardDeviation = new ImagePreprocessing().StandardDeviation,
    };

    /// <summary>
    /// Gets the images of <c>ResNet18.onnx</c> in the NuGet package <c>Microsoft.ML.DnnImageFeaturizer.ResNet18</c>: BGR from 0 to 255 less
    /// a mean (red 123.15, green 115.90, blue 103.06), not divided. That package subtracts an image of 224x224 means, no pixel of which
    /// differs from these by more than 13; here each plane's average is taken, so that any size of image will do.
    /// </summary>
    public static PretrainedInput DnnImageFeaturizer { get; } = new()
    {
        ChannelOrder = ChannelOrder.Bgr,
        WhitePixel = Byte,
        Mean = new(123.15163f, 115.90288f, 103.06262f),
    };

    /// <summary>Gets the order of the planes; red, green, blue by default.</summary>
    public ChannelOrder ChannelOrder { get; init; } = ChannelOrder.Rgb;

    /// <summary>
    /// Gets the number of a white pixel before the mean is subtracted: 1, the default, or 255. <see cref="Mean"/> and
    /// <see cref="StandardDeviation"/> are on this scale.
    /// </summary>
    public float WhitePixel { get; init; } = 1;

    /// <summary>Gets what is subtracted of each colour; 0 by default.</summary>
    public ChannelValues Mean { get; init; }

    /// <summary>Gets what each colour is divided by, positive; null, the default, for weights trained without it.</summary>
    public ChannelValues? StandardDeviation { get; init; }

    /// <summary>Returns the order and the numbers in one line.</summary>
    public override string ToString() => FormattableString.Invariant($"{ChannelOrder}, 0 to {WhitePixel}, less {Mean}") +
        (StandardDeviation is { } deviation ? FormattableString.Invariant($", divided by {deviation}") : "");

    /// <summary>Images normalised by numbers that belong to the first, second and third plane, whatever colours these are.</summary>
    /// <param name="channelOrder">The order of the planes.</param>
    /// <param name="positional">The numbers: <c>Red</c> is the first plane's.</param>
    internal static PretrainedInput ByPlane(ChannelOrder channelOrder, ImagePreprocessing positional)
    {
        (ChannelValues mean, ChannelValues deviation) = (positional.Mean, positional.StandardDeviation);
        return channelOrder == ChannelOrder.Rgb
            ? new() { Mean = mean, StandardDeviation = deviation }
            : new() { ChannelOrder = channelOrder, Mean = Reverse(mean), StandardDeviation = Reverse(deviation) };

        static ChannelValues Reverse(ChannelValues values) => new(values.Blue, values.Green, values.Red);
    }

    /// <summary>Checks the values.</summary>
    /// <exception cref="ArgumentException">One cannot be.</exception>
    internal void Validate(string parameter)
    {
        if (!Enum.IsDefined(ChannelOrder))
        {
            throw new ArgumentOutOfRangeException(parameter, ChannelOrder, "The channel order is Rgb or Bgr.");
        }

        if (!(WhitePixel > 0) || !float.IsFinite(WhitePixel) || !Colours(Mean).All(float.IsFinite)
            || (StandardDeviation is { } deviation && !Colours(deviation).All(value => value > 0 && float.IsFinite(value))))
        {
            throw new ArgumentException(
                $"The white pixel and the standard deviations must be positive, the means finite; they are {this}.", parameter);
        }
    }

    /// <summary>The normalisation of a network that takes RGB, on the scale 0 to 1, and what its first convolution is scaled by.</summary>
    /// <param name="images">What the weights' own graph does to the images, plane by plane; null where there is none.</param>
    /// <returns>Means and deviations by colour, and a factor for each colour's weights, or null where they stay as they are.</returns>
    internal (ChannelValues Mean, ChannelValues Deviation, ChannelValues? Factor) Normalization(OnnxImages? images)
    {
        bool isDivided = StandardDeviation is not null || images is { IsScaled: true };
        ChannelValues imageNet = new ImagePreprocessing().StandardDeviation;
        (double Mean, double Deviation) red = Plane(Mean.Red, StandardDeviation?.Red, 0);
        (double Mean, double Deviation) green = Plane(Mean.Green, StandardDeviation?.Green, 1);
        (double Mean, double Deviation) blue = Plane(Mean.Blue, StandardDeviation?.Blue, 2);
        ChannelValues mean = new((float)red.Mean, (float)green.Mean, (float)blue.Mean);
        return isDivided
            ? (mean, new((float)red.Deviation, (float)green.Deviation, (float)blue.Deviation), null)
            : (mean, imageNet, new(imageNet.Red * WhitePixel, imageNet.Green * WhitePixel, imageNet.Blue * WhitePixel));

        // What enters the graph is (pixel - mean) / deviation; the graph makes scale * that + shift of it.
        (double Mean, double Deviation) Plane(float mean, float? deviation, int colour)
        {
            int plane = OrderAfter(images) == ChannelOrder.Rgb ? colour : OnnxImages.Planes - 1 - colour;
            (double scale, double shift) = images is null ? (1, 0) : (images.Scale[plane], images.Shift[plane]);
            double divisor = (deviation ?? 1) / (double)WhitePixel;
            return ((mean / (double)WhitePixel) - (shift * divisor / scale), divisor / scale);
        }
    }

    /// <summary>The order of the planes that the first convolution takes.</summary>
    /// <param name="images">What the weights' own graph does to the images; null where there is none.</param>
    internal ChannelOrder OrderAfter(OnnxImages? images) => images is not { IsTurned: true } ? ChannelOrder
        : ChannelOrder == ChannelOrder.Rgb ? ChannelOrder.Bgr : ChannelOrder.Rgb;

    private static float[] Colours(ChannelValues values) => [values.Red, values.Green, values.Blue];
}
