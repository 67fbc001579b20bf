using System.Collections.Immutable;
using SsMfar.Data;
using SsMfar.Imaging;
using SsMfar.Predictions;

namespace SsMfar.Metadata;

/// <summary>
/// What a model file says besides its weights and <see cref="ModelArchitecture"/>: what goes in, what comes out, and where it came from.
/// Two are equal when all their values are.
/// </summary>
public sealed record ModelMetadata
{
    /// <summary>Gets how a decoded image becomes the model's input.</summary>
    public required ImagePreprocessing Input { get; init; }

    /// <summary>
    /// Gets how faces lay in the crops that the model was trained on, which <c>SsMfar.Faces</c> applies to the faces it finds; null where
    /// that is not known.
    /// </summary>
    public FaceTemplate? Alignment { get; init; }

    /// <summary>Gets the names of the expression classes, in the order of the outputs; empty for a model without that task.</summary>
    public ImmutableArray<string> ExpressionClasses { get; init; } = [];

    /// <summary>
    /// Gets the names of the action units (<c>AU1</c>, ...), in the order of the outputs; empty for a model without that task.
    /// </summary>
    public ImmutableArray<string> ActionUnits { get; init; } = [];

    /// <summary>Gets, for each task by name, how its outputs are turned into a prediction; only tasks that need one said.</summary>
    public ImmutableSortedDictionary<string, PartDescription> Decoders { get; init; } =
        ImmutableSortedDictionary<string, PartDescription>.Empty;

    /// <summary>Gets the recipe that the model was trained with, or null.</summary>
    public string? Recipe { get; init; }

    /// <summary>Gets the variant that the model was trained as, or null.</summary>
    public string? Variant { get; init; }

    /// <summary>Gets how training went, or null for a model that was not trained here.</summary>
    public ModelTrainingInfo? Training { get; init; }

    /// <summary>Gets the version of the library that wrote the file; filled in on saving.</summary>
    public string? LibraryVersion { get; init; }

    /// <summary>
    /// The entry of <see cref="Notes"/> that training writes where the training set had a label of one of valence and arousal alone:
    /// <c>valence</c> or <c>arousal</c>, whose output means nothing. An average of models may have both: <c>arousal, valence</c>.
    /// </summary>
    public const string NotLearned = "not-learned";

    /// <summary>Gets what else the application keeps with the model.</summary>
    public ImmutableSortedDictionary<string, string> Notes { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>Gets what whoever uses the model should know of it; null where nobody wrote a card.</summary>
    public ModelCard? Card { get; init; }

    /// <summary>Checks the values and whether they agree with each other, as after reading them from a file.</summary>
    /// <exception cref="ArgumentException">
    /// A value cannot be used: an input size out of range, a name twice, a built-in decoder whose settings are wrong or whose classes or
    /// units are not those of the metadata. The message names it and what is allowed.
    /// </exception>
    public void Validate()
    {
        Input.Validate();
        Alignment?.Validate();
        Card?.Validate();
        CheckNames(ExpressionClasses, "expression class");
        CheckNames(ActionUnits, "action unit");
        foreach ((string task, PartDescription? decoder) in Decoders)
        {
            if (decoder is null || decoder.Settings.ContainsValue(null!))
            {
                throw new ArgumentException($"The decoder of task '{task}' is null, or has a setting that is.");
            }
        }

        foreach ((string note, string? text) in Notes)
        {
            if (text is null)
            {
                throw new ArgumentException($"The note '{note}' is null.");
            }
        }

        DecoderAgreement.Check(this);
    }

    /// <summary>
    /// Returns the probabilities above which the action units are present, in the order of <see cref="ActionUnits"/>; null for a model
    /// whose units have none.
    /// </summary>
    public ImmutableArray<float>? ActionUnitThresholds() => UnitDecoder()?.Thresholds;

    /// <summary>
    /// Returns the action units that the model reads, in the order of its outputs; null for a model without that task, or with a decoder of
    /// its own for it.
    /// </summary>
    public ActionUnitSet? Units() => UnitDecoder()?.Units;

    /// <summary>
    /// Returns the action units whose intensities the model reads, in the order of its outputs; null for a model without that task, or with
    /// a decoder of its own for it.
    /// </summary>
    public ActionUnitSet? IntensityUnits() =>
        Decoders.TryGetValue(AffectTaskNames.ActionUnitIntensity, out PartDescription? decoder)
        && decoder.Kind == ActionUnitIntensityDecoder.Kind
            ? ActionUnitIntensityDecoder.Create(decoder).Units
            : null;

    /// <summary>Returns the same metadata with other thresholds of action units.</summary>
    /// <param name="thresholds">A probability in (0, 1) for each unit.</param>
    /// <exception cref="ArgumentException">They are not as many as units, or one is outside (0, 1).</exception>
    /// <exception cref="InvalidOperationException">The model's units have no thresholds.</exception>
    public ModelMetadata WithActionUnitThresholds(IEnumerable<float> thresholds)
    {
        ArgumentNullException.ThrowIfNull(thresholds);
        return UnitDecoder() is { } decoder
            ? this with
            {
                Decoders = Decoders.SetItem(AffectTaskNames.ActionUnits, new ActionUnitDecoder(thresholds, decoder.Units).Description),
            }
            : throw new InvalidOperationException("The model has no action units with thresholds.");
    }

    /// <summary>
    /// Returns the temperature and the weights of the expression, <see cref="Predictions.ExpressionDecision.MostProbable"/> where none were
    /// tuned; null for a model without that task, or with a decoder of its own for it.
    /// </summary>
    public ExpressionDecision? ExpressionDecision() => ExpressionDecoder()?.Decision;

    /// <summary>Returns the same metadata with another temperature and other weights of the expression.</summary>
    /// <param name="decision">Temperature and weights.</param>
    /// <exception cref="ArgumentException">There are not as many weights as classes.</exception>
    /// <exception cref="InvalidOperationException">The model has no expression task, or a decoder of its own for it.</exception>
    public ModelMetadata WithExpressionDecision(ExpressionDecision decision)
    {
        ArgumentNullException.ThrowIfNull(decision);
        return ExpressionDecoder() is { } decoder
            ? this with
            {
                Decoders = Decoders.SetItem(AffectTaskNames.Expression, new ExpressionDecoder(decoder.Classes, decision).Description),
            }
            : throw new InvalidOperationException("The model has no expression that is decided by probabilities.");
    }

    /// <summary>Returns the JSON document that model files keep as <c>metadata</c>.</summary>
    /// <exception cref="ArgumentException">The score of the training is not finite.</exception>
    public string ToJson() => ModelMetadataJson.Write(this);

    /// <summary>Reads the JSON document that model files keep as <c>metadata</c>. Members that it lacks keep their defaults.</summary>
    /// <param name="json">The document.</param>
    /// <returns>The metadata as they were written; <see cref="Validate"/> checks the values.</returns>
    /// <exception cref="System.Text.Json.JsonException">The text is no such document.</exception>
    public static ModelMetadata FromJson(string json) => ModelMetadataJson.ReadMetadata(json);

    /// <summary>Compares all values: lists in order, dictionaries by their entries.</summary>
    /// <param name="other">The other metadata.</param>
    public bool Equals(ModelMetadata? other) => other is not null
        && (Input, Alignment, Card) == (other.Input, other.Alignment, other.Card)
        && ExpressionClasses.AsSpan().SequenceEqual(other.ExpressionClasses.AsSpan())
        && ActionUnits.AsSpan().SequenceEqual(other.ActionUnits.AsSpan())
        && PartDescription.AreSame(Decoders, other.Decoders)
        && PartDescription.AreSame(Notes, other.Notes)
        && (Recipe, Variant, LibraryVersion) == (other.Recipe, other.Variant, other.LibraryVersion)
        && (Training?.Epoch, Training?.Score, Training?.Seed) == (other.Training?.Epoch, other.Training?.Score, other.Training?.Seed);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Input, Recipe, Variant, LibraryVersion, Decoders.Count, Notes.Count);

    /// <summary>Checks that a head gives as many outputs as the task's decoder reads, where the decoder is a built-in one.</summary>
    /// <param name="task">The task's name.</param>
    /// <param name="outputs">How many outputs its head gives for an image.</param>
    /// <exception cref="ArgumentException">It does not; the message names the task and both numbers.</exception>
    public void ValidateOutputs(string task, int outputs)
    {
        ArgumentNullException.ThrowIfNull(task);
        DecoderAgreement.CheckWidth(this, task, outputs);
    }

    private ActionUnitDecoder? UnitDecoder() =>
        Decoders.TryGetValue(AffectTaskNames.ActionUnits, out PartDescription? decoder) && decoder.Kind == ActionUnitDecoder.Kind
            ? ActionUnitDecoder.Create(decoder)
            : null;

    private ExpressionDecoder? ExpressionDecoder() =>
        Decoders.TryGetValue(AffectTaskNames.Expression, out PartDescription? decoder)
        && (decoder.Kind == Metadata.ExpressionDecoder.Kind || decoder.Kind == Metadata.ExpressionDecoder.TunedKind)
            ? Metadata.ExpressionDecoder.Create(decoder)
            : null;

    private static void CheckNames(ImmutableArray<string> names, string what)
    {
        if (names.IsDefault)
        {
            throw new ArgumentException($"The names of every {what} are null; an empty list says that there is none.");
        }

        if (names.Any(string.IsNullOrWhiteSpace) || names.Distinct(StringComparer.Ordinal).Count() != names.Length)
        {
            throw new ArgumentException($"Every {what} needs a name of its own; the names are '{string.Join("', '", names)}'.");
        }
    }
}

/// <summary>How the training of a saved model went.</summary>
/// <param name="epoch">The epoch, from 1, after which these weights were taken.</param>
/// <param name="score">The monitored score on the validation set after that epoch, or null when it was not defined.</param>
/// <param name="seed">The run's seed.</param>
public sealed class ModelTrainingInfo(int epoch, double? score, long seed)
{
    /// <summary>Gets the epoch, from 1, after which these weights were taken.</summary>
    public int Epoch => epoch;

    /// <summary>Gets the monitored score on the validation set after that epoch, or null when it was not defined.</summary>
    public double? Score => score;

    /// <summary>Gets the run's seed.</summary>
    public long Seed => seed;

    /// <summary>Returns one line with the values.</summary>
    public override string ToString() => FormattableString.Invariant($"epoch {Epoch}, score {Score}, seed {Seed}");
}
