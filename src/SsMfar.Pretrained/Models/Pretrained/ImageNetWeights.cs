using System.Collections.Immutable;
using SsMfar.Weights;

namespace SsMfar.Models;

/// <summary>
/// Weights trained on ImageNet (1.28 million photographs of 1000 kinds of things, ILSVRC 2012), to start the training of a backbone from.
/// The file is the ONNX model of the NuGet package <c>Microsoft.ML.DnnImageFeaturizer.ResNet18</c> 0.23.1 (MIT licence), unchanged. The
/// package <c>SsMfar.Pretrained</c> copies it into the output folder of the application that references it, as
/// <c>SsMfar.Pretrained/imagenet-resnet18.onnx</c>, with its licence beside it; there it is looked for.
/// <para>
/// The network in the file has a third block in its last stage, which a ResNet-18 has not (He et al., 2016, table 1). The other eight
/// blocks
/// and what is before them are taken as they are, and the ninth is left out: the features are those that the file's network has before it.
/// </para>
/// </summary>
public static class ImageNetWeights
{
    /// <summary>The name of the data, as <see cref="Training.TrainingRecipe.PretrainedOn"/> says it.</summary>
    public const string DataSet = "ImageNet";

    /// <summary>Gets the backbones that there are weights for.</summary>
    public static ImmutableArray<BackboneFactory> Backbones { get; } = [BackboneFactory.ResNet18];

    /// <summary>Gets those of <see cref="BackboneFactory.ResNet18"/>, as <see cref="For"/> does.</summary>
    /// <exception cref="ModelFileException">
    /// The file is not beside the application, is another one, or cannot be read.
    /// </exception>
    public static PretrainedWeights ResNet18 => For(BackboneFactory.ResNet18);

    // The third block of the last stage is not the network's.
    private static PretrainedOptions WithoutTheNinthBlock => new() { AllowForeign = true };

    /// <summary>
    /// The weights for a backbone, to be given to the builder's <c>UseBackbone</c>. The file is looked for and its SHA-256 compared here,
    /// once in a process; it is read when the weights are loaded.
    /// </summary>
    /// <param name="backbone">One of <see cref="Backbones"/>.</param>
    /// <exception cref="ArgumentException">There are no weights for this backbone; the message lists those that there are.</exception>
    /// <exception cref="ModelFileException">
    /// The file is not beside the application, is another one, or cannot be read.
    /// </exception>
    public static PretrainedWeights For(BackboneFactory backbone)
    {
        ArgumentNullException.ThrowIfNull(backbone);
        return Backbones.Contains(backbone)
            ? PretrainedWeights.FromOnnx(
                DeployedFile.ResNet18.VerifiedPath, PretrainedInput.DnnImageFeaturizer, WithoutTheNinthBlock)
            : throw new ArgumentException(
                $"There are no weights trained on {DataSet} for {backbone.Name}; there are for " +
                    $"{string.Join(", ", Backbones.Select(known => known.Name))}.",
                nameof(backbone));
    }
}
