using System.Collections.Immutable;
using SsMfar.Data;
using SsMfar.Imaging;
using SsMfar.Metadata;
using SsMfar.Models;
using SsMfar.Tasks;

namespace SsMfar.Training;

/// <summary>Puts the weights of a whole model onto the model of a run, part by part.</summary>
internal static class ModelStart
{
    /// <summary>Loads the backbone, and every head that is that of the run's task.</summary>
    /// <param name="start">The file.</param>
    /// <param name="model">The run's model, on the CPU, with weights of its own.</param>
    /// <param name="tasks">The tasks that are learned.</param>
    /// <param name="training">The run's labels, for their classes and units.</param>
    /// <param name="input">The run's input.</param>
    /// <returns>What was taken and what was not.</returns>
    /// <exception cref="TrainingConfigurationException">The file's backbone is another one.</exception>
    /// <exception cref="Weights.ModelFileException">
    /// A tensor is missing, has another shape or is not finite; the model is unchanged.
    /// </exception>
    public static StartReport LoadInto(
        StartModel start, MultiTaskModel model, IReadOnlyList<AffectTask> tasks, AnnotationSet training, ImagePreprocessing input)
    {
        PartDescription held = start.Architecture.Backbone, needed = model.Backbone.Description;
        if (!held.Equals(needed))
        {
            throw new TrainingConfigurationException(
                $"{start.Path}: its backbone is {held}, and that of the run is {needed}. Choose the backbone of the model, or another " +
                    "model to start from.");
        }

        var parts = ImmutableArray.CreateBuilder<StartedPart>();
        parts.Add(new("backbone"));
        List<string> prefixes = ["backbone."];
        foreach (AffectTask task in tasks)
        {
            string? reason = Mismatch(start, model, task, training);
            parts.Add(new(NameOf(task.Name), reason));
            if (reason is null)
            {
                prefixes.Add(HeadPrefix(task.Name));
            }
        }

        parts.AddRange(start.Architecture.Heads.Select(head => head.Task).Except(model.TaskNames)
            .Select(task => new StartedPart(NameOf(task), "the task is not learned")));
        ModelFile.ReadInto(start.Path, model.state_dict()
            .Where(entry => prefixes.Any(prefix => entry.Key.StartsWith(prefix, StringComparison.Ordinal)))
            .ToDictionary(StringComparer.Ordinal));
        return new(start.Path, parts.ToImmutable(), [.. Notes(start.Metadata, input, prefixes)]);
    }

    /// <summary>How a report names the head of a task.</summary>
    public static string NameOf(string task) => $"head of {task}";

    private static string HeadPrefix(string task) => $"heads.{task}.";

    private static string? Mismatch(StartModel start, MultiTaskModel model, AffectTask task, AnnotationSet training)
    {
        PartDescription? held = start.Architecture.Heads.FirstOrDefault(head => head.Task == task.Name)?.Head;
        PartDescription needed = model.Head(task.Name).Description;
        string? decoder = start.Metadata.Decoders.GetValueOrDefault(task.Name)?.Kind;
        decoder = decoder == ExpressionDecoder.TunedKind ? ExpressionDecoder.Kind : decoder;
        return held is null ? "the model has no such task"
            : !held.Equals(needed) ? $"it is {held} in the model, {needed} in the run"
            : start.Architecture.Features.L2Normalize != model.Features.L2Normalize
                ? $"features are {Normalized(start.Architecture.Features)} in the model, {Normalized(model.Features)} in the run"
            : decoder != task.Decoder.Description.Kind
                ? $"its outputs are {decoder} in the model, {task.Decoder.Description.Kind} in the run"
            : task.Name == AffectTaskNames.Expression
                ? Order("classes", start.Metadata.ExpressionClasses, training.ExpressionClasses.Names)
            : task.Name == AffectTaskNames.ActionUnits
                ? Order("units", start.Metadata.ActionUnits, training.Units.Names)
            : task.Name == AffectTaskNames.ActionUnitIntensity
                ? Order("units", start.Metadata.IntensityUnits()?.Names ?? [], training.IntensityUnits?.Names ?? [])
            : OtherDecoder(start.Metadata.Decoders[task.Name], task.Decoder);
    }

    // What was tuned is the model's own; the names of outputs, and any setting of a custom decoder, are to be the same.
    private static string? OtherDecoder(PartDescription held, ITaskDecoder needed) => needed switch
    {
        ExpressionDecoder expression =>
            Order("classes", ((ExpressionDecoder)TaskDecoders.BuiltIn.Create(held)).Classes.Names, expression.Classes.Names),
        ActionUnitDecoder units => Order("units", ((ActionUnitDecoder)TaskDecoders.BuiltIn.Create(held)).Units.Names, units.Units.Names),
        _ => held.Equals(needed.Description) ? null : $"its outputs are {held} in the model, {needed.Description} in the run",
    };

    private static string Normalized(FeatureProcessing features) => features.L2Normalize ? "L2-normalised" : "not L2-normalised";

    private static string? Order(string what, IReadOnlyList<string> held, IReadOnlyList<string> needed) => held.SequenceEqual(needed)
        ? null
        : $"its {what} are {string.Join(", ", held)} in the model, {string.Join(", ", needed)} in the run";

    private static IEnumerable<string> Notes(ModelMetadata model, ImagePreprocessing now, List<string> taken)
    {
        if (taken.Contains(HeadPrefix(AffectTaskNames.Expression))
            && model.Decoders.GetValueOrDefault(AffectTaskNames.Expression)?.Kind == ExpressionDecoder.TunedKind)
        {
            yield return "The model's temperature and class weights belong to its own expressions: tune the run's model anew.";
        }

        ImagePreprocessing was = model.Input;
        if ((was.Width, was.Height) != (now.Width, now.Height))
        {
            yield return FormattableString.Invariant(
                $"The model was trained on images of {was.Width}x{was.Height}, the run is on images of {now.Width}x{now.Height}.");
        }

        if (was.ChannelOrder != ChannelOrder.Rgb)
        {
            yield return "The model reads blue, green, red, and so does the run's.";
        }
    }
}
