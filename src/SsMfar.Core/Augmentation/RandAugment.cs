using SsMfar.Randomness;
using SsMfar.Runtime;
using SsMfar.Validation;
using TorchSharp;

namespace SsMfar.Augmentation;

/// <summary>
/// RandAugment (Cubuk et al., 2019) on a batch: each image gets a few operations drawn with replacement. Rows are put in the order of
/// their operation on the host, so that each operation runs once a round over a slice of the batch, all moves in one sampling.
/// </summary>
public sealed class RandAugment : IAugmentation, IKernelAugmentation
{
    private readonly RandAugmentChoice[] _choices;
    private readonly int _operations;

    /// <summary>Makes the augmentation.</summary>
    /// <param name="options">Defaults to a new <see cref="RandAugmentOptions"/>.</param>
    /// <exception cref="ArgumentException">An option is out of range; the message lists every fault.</exception>
    public RandAugment(RandAugmentOptions? options = null)
    {
        Options = options ?? new();
        OptionFaults.Refuse(Options);
        _operations = Options.Operations;
        _choices = [.. Options.Choices];
        if (_choices.Length == 0)
        {
            throw new ArgumentException("RandAugment needs at least one operation to choose from.", nameof(options));
        }

        foreach (RandAugmentChoice choice in _choices)
        {
            Validate(choice, nameof(options));
        }
    }

    internal RandAugmentOptions Options { get; }

    /// <inheritdoc/>
    /// <remarks>The result holds whole numbers; fractions in <paramref name="pixels"/> are rounded first.</remarks>
    public torch.Tensor Apply(torch.Tensor pixels, RandomKey key)
    {
        (int rows, int height, int width) = PixelBatch.Validate(pixels);
        if (rows == 0 || _operations == 0)
        {
            return pixels.alias();
        }

        using DisposeScope scope = torch.NewDisposeScope();
        RandAugmentPlan plan = RandAugmentPlan.Draw(_choices, _operations, rows, height, width, key);
        torch.Tensor orders = Transfers.ToDevice(plan.Orders, [_operations + 1, rows], pixels.device);
        torch.Tensor arguments = Transfers.ToDevice(
            plan.Arguments,
            [_operations, rows, RandAugmentPlan.ArgumentsPerRow],
            pixels.device);

        torch.Tensor current = pixels.contiguous().round().clamp_(Scalars.Of(0), Scalars.Of(255));
        for (int round = 0; round < _operations; round++)
        {
            torch.Tensor ordered = current.index_select(0, orders[round]);
            var parts = new List<torch.Tensor>();
            foreach (RandAugmentGroup group in plan.Groups[round])
            {
                torch.Tensor slice = ordered.narrow(0, group.Start, group.Count);
                torch.Tensor argument = arguments[round].narrow(0, group.Start, group.Count);
                parts.Add(Run(group.Operation, slice, argument));
            }

            current = parts.Count == 1 ? parts[0] : torch.cat(parts, 0);
        }

        return current.index_select(0, orders[_operations]).MoveToOuterDisposeScope();
    }

    void IKernelAugmentation.Apply(WorkingImage image, RandomKey key, int row)
    {
        if (_operations == 0)
        {
            return;
        }

        image.RoundFractions();
        RandomSource random = key.Fold(row).ToSource();
        for (int round = 0; round < _operations; round++)
        {
            ImageOperationKernels.Apply(image, RandAugmentDraw.From(_choices, ref random));
        }
    }

    private static torch.Tensor Run(ImageOperation operation, torch.Tensor pixels, torch.Tensor arguments)
    {
        torch.Tensor argument = arguments.narrow(1, 0, 1).reshape(-1, 1, 1, 1);
        return operation switch
        {
            ImageOperation.Identity => pixels,
            ImageOperation.AutoContrast => ImageOperations.AutoContrast(pixels),
            ImageOperation.Equalize => ImageOperations.Equalize(pixels),
            ImageOperation.Brightness => ImageOperations.Brightness(pixels, argument),
            ImageOperation.Color => ImageOperations.Color(pixels, argument),
            ImageOperation.Contrast => ImageOperations.Contrast(pixels, argument),
            ImageOperation.Sharpness => ImageOperations.Sharpness(pixels, argument),
            ImageOperation.Posterize => ImageOperations.Posterize(pixels, argument),
            ImageOperation.Solarize => ImageOperations.Solarize(pixels, argument),
            _ => AffineSampler.Sample(pixels, arguments, SamplingFilter.Nearest),
        };
    }

    private static void Validate(RandAugmentChoice choice, string parameter)
    {
        ArgumentNullException.ThrowIfNull(choice, parameter);
        (float minimum, float maximum, _) = choice.Magnitude;
        (float least, float most) = choice.Operation switch
        {
            ImageOperation.Brightness or ImageOperation.Color or ImageOperation.Contrast or ImageOperation.Sharpness => (0f, 100f),
            ImageOperation.Posterize => (1f, 8f),
            ImageOperation.Solarize => (0f, 256f),
            ImageOperation.Rotate => (-360f, 360f),
            ImageOperation.ShearX or ImageOperation.ShearY or ImageOperation.TranslateX or ImageOperation.TranslateY => (-10f, 10f),
            ImageOperation.Identity or ImageOperation.AutoContrast or ImageOperation.Equalize => (float.MinValue, float.MaxValue),
            _ => throw new ArgumentOutOfRangeException(parameter, choice.Operation, "Unknown image operation."),
        };
        if (!(minimum >= least && maximum <= most && minimum <= maximum))
        {
            throw new ArgumentOutOfRangeException(parameter, FormattableString.Invariant(
                $"{choice.Operation} takes magnitudes from {least} to {most}, the lower first; got {minimum} to {maximum}."));
        }
    }
}
