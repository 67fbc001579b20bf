using System.CommandLine;
using SsMfar.Benchmarks.Measurement;
using SsMfar.Data;
using SsMfar.Runtime;
using SsMfar.Training;
using TorchSharp;

namespace SsMfar.Benchmarks.Auditing;

/// <summary><c>audit</c>: how many of the labels that were flipped an audit finds.</summary>
internal static class AuditCommand
{
    public static Command Create()
    {
        Option<string> annotations = new("--annotations") {
            HelpName = "FILE", Description = "The file in the folder of --faces", DefaultValueFactory = _ => "train.txt" };
        Option<int> size = Number("--size", "Pixels a side", 112);
        Option<int> seeds = Number("--seeds", "How often labels are flipped anew", 3);
        Option<int> folds = Number("--model-folds", "Models of each repeat", 5);
        Option<int> repeats = Number("--repeats", "How often rows are parted anew; figures are given of one repeat and of all", 3);
        Option<int> epochs = Number("--epochs", "Passes of the heads over their features", 30);
        Option<int> weak = Number("--weak-views", "Augmented weak views of each image", 0, least: 0);
        Option<int> strong = Number("--strong-views", "Augmented strong views of each image", 0, least: 0);
        Option<double> share = new("--flip") {
            HelpName = "N", Description = "The share of labels to flip, and to look at", DefaultValueFactory = _ => 0.1 };
        Option<double> smoothing = new("--smoothing") {
            HelpName = "N", Description = "Label smoothing; the recipe's unless given", DefaultValueFactory = _ => -1 };
        Option<bool> classesAlone = new("--without-affect") {
            Description = "Leaves valence and arousal out: what is found without their labels" };
        Option<string> fineTuned = new("--from") {
            HelpName = "FILE", Description = "A PyTorch or safetensors file of the backbone's weights; ImageNet's unless given" };
        Command command = new("audit", "Flip labels, audit them with frozen features, and count how many are found; needs --faces")
        {
            annotations, size, seeds, folds, repeats, epochs, weak, strong, share, smoothing, classesAlone, fineTuned,
        };
        command.SetAction((parsed, cancellationToken) =>
        {
            MeasurementOptions measurement = MeasurementOptions.Of(parsed);
            string folder = measurement.Faces ?? throw new ArgumentException("audit needs --faces DIR.");
            TorchRuntime.Initialize();
            torch.set_num_threads(measurement.Threads);
            AnnotationSet truth = AnnotationSet.Load(Path.Combine(folder, parsed.GetValue(annotations)!));
            if (parsed.GetValue(classesAlone))
            {
                truth = new(
                    truth.Select(row => row with { ValenceArousal = null }), truth.ExpressionClasses, truth.ExtraColumns,
                    truth.TextColumns, truth.Units);
            }

            return new AuditMeasure
            {
                Truth = truth,
                Folder = folder,
                Weights = parsed.GetValue(fineTuned),
                Device = ComputeDevice.Parse(measurement.Device),
                Seeds = parsed.GetValue(seeds),
                Folds = parsed.GetValue(folds),
                Repeats = parsed.GetValue(repeats),
                Share = parsed.GetValue(share),
                Configure = Configure,
            }.RunAsync(cancellationToken);

            void Configure(TrainingOptions options)
            {
                options.UseFrozenFeatures();
                (options.ImageSize, options.Epochs) = (parsed.GetValue(size), parsed.GetValue(epochs));
                options.FrozenFeatures.WeakViews = parsed.GetValue(weak);
                options.FrozenFeatures.StrongViews = parsed.GetValue(strong);
                options.LabelSmoothing = parsed.GetValue(smoothing) is >= 0 and var given ? given : options.LabelSmoothing;
            }
        });
        return command;
    }

    private static Option<int> Number(string name, string description, int fallback, int least = 1)
    {
        Option<int> option = new(name) { HelpName = "N", Description = description, DefaultValueFactory = _ => fallback };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() < least)
            {
                result.AddError($"{name} must be at least {least}.");
            }
        });
        return option;
    }
}
