using System.Collections.Immutable;
using SsMfar.Imaging;
using SsMfar.Metadata;
using SsMfar.Models;
using SsMfar.Runtime;
using TorchSharp;

namespace SsMfar.Training;

/// <summary>The backbone that features were computed by: what it is, and its weights, on the host.</summary>
internal sealed class FeatureBackbone : IDisposable
{
    private readonly PartDescription _description;
    private readonly ImagePreprocessing _input;
    private readonly FeatureLayout _layout;
    private readonly ImmutableDictionary<string, torch.Tensor> _weights;

    private FeatureBackbone(
        PartDescription description,
        ImagePreprocessing input,
        FeatureLayout layout,
        string? startedFrom,
        string views,
        ImmutableDictionary<string, torch.Tensor> weights)
    {
        (_description, _input, _layout, StartedFrom, Views, _weights) = (description, input, layout, startedFrom, views, weights);
    }

    /// <summary>Gets the name of the file of pretrained weights; null where there was none.</summary>
    public string? StartedFrom { get; }

    /// <summary>Gets what the augmented views follow from.</summary>
    public string Views { get; }

    /// <summary>Copies a model's.</summary>
    public static FeatureBackbone Of(
        MultiTaskModel model, ImagePreprocessing input, FeatureLayout layout, string? startedFrom, string views)
    {
        using var noGradient = torch.no_grad();
        using DisposeScope scope = torch.NewDisposeScope();
        return new(model.Backbone.Description, input, layout, startedFrom, views, model.Backbone.Module.state_dict().ToImmutableDictionary(
            entry => entry.Key,
            entry => Transfers.ToHost(entry.Value.detach()).contiguous().clone().DetachFromDisposeScope(),
            StringComparer.Ordinal));
    }

    /// <summary>Writes the weights into a model's backbone.</summary>
    /// <exception cref="TrainingConfigurationException">It is another backbone, or takes another input.</exception>
    public void Give(MultiTaskModel model, ImagePreprocessing input)
    {
        if (!model.Backbone.Description.Equals(_description))
        {
            throw new TrainingConfigurationException(
                $"The features are of the backbone {_description}, and the trainer's is {model.Backbone.Description}: build it with the " +
                    "first, or compute features with the second.");
        }

        if (input != _input)
        {
            throw new TrainingConfigurationException(
                $"The features are of other input than the trainer's: images of {_input.Width} pixels, the trainer's of {input.Width}, " +
                    "or " +
                    $"another normalization. Set {nameof(TrainingOptions.ImageSize)} and the backbone's weights as they were, or " +
                    "compute features anew.");
        }

        using var noGradient = torch.no_grad();
        foreach ((string name, torch.Tensor tensor) in model.Backbone.Module.state_dict())
        {
            tensor.copy_(_weights[name]);
        }
    }

    /// <exception cref="TrainingConfigurationException">A model's backbone is another, or has other weights.</exception>
    public void RequireSame(MultiTaskModel model)
    {
        if (!IsOf(model))
        {
            throw new TrainingConfigurationException(
                "The model's backbone is not the one that the features were computed by: a run that is resumed, too, needs the features " +
                    "that it was started with.");
        }
    }

    /// <exception cref="TrainingConfigurationException">
    /// The backbone of a model that a run starts from is another, so that its heads learned on other features.
    /// </exception>
    public void RequireStart(MultiTaskModel model, string path)
    {
        if (!IsOf(model))
        {
            throw new TrainingConfigurationException(
                $"{path}: its backbone is not the one that the features were computed by, and its heads learned on its own: compute " +
                    "features with the model to start from, or leave it out.");
        }
    }

    /// <summary>Strong views lie last, so that a run may draw from the first of them alone.</summary>
    /// <exception cref="TrainingConfigurationException">A run wants other weak views than there are, or more strong ones.</exception>
    public void RequireViews(FeatureLayout wanted)
    {
        if (wanted.Weak != _layout.Weak || wanted.Strong > _layout.Strong)
        {
            throw new TrainingConfigurationException(FormattableString.Invariant(
                $"There are features of {_layout.Weak} augmented weak and {_layout.Strong} strong views of each image, and the options ") +
                FormattableString.Invariant($"ask for {wanted.Weak} and {wanted.Strong}: ") +
                $"set {nameof(TrainingOptions.FrozenFeatures)} and " +
                $"{nameof(TrainingOptions.SemiSupervision)} as they were, or compute features anew.");
        }
    }

    public void Dispose()
    {
        foreach (torch.Tensor tensor in _weights.Values)
        {
            tensor.Dispose();
        }
    }

    private bool IsOf(MultiTaskModel model)
    {
        using var noGradient = torch.no_grad();
        using DisposeScope scope = torch.NewDisposeScope();
        return model.Backbone.Description.Equals(_description) && model.Backbone.Module.state_dict().All(entry =>
            _weights.TryGetValue(entry.Key, out torch.Tensor? own)
                && Transfers.ToHost(entry.Value).contiguous().bytes.SequenceEqual(own.bytes));
    }
}
