using SsMfar.Data;
using SsMfar.Losses;
using SsMfar.Metadata;
using SsMfar.Metrics;
using SsMfar.Models;

namespace SsMfar.Tasks;

/// <summary>
/// One thing to learn from a face: where its labels come from, the head that predicts it, what the head learns by, how it is judged and
/// how its outputs are read. The three tasks of SS-MFAR are such values; a fourth is one more, made by
/// <see cref="Create{THead, TDecoder}"/>. Immutable.
/// </summary>
public sealed class AffectTask
{
    private static readonly string[] TakenNames = [StepValues.Total, StepValues.Coupling];

    private AffectTask(
        string name,
        ITaskLabels labels,
        TaskHeadFactory head,
        Func<TaskContext, ITaskLoss> loss,
        Func<TaskContext, ITaskMetric> metric,
        ITaskDecoder decoder,
        Func<ModelParts, ModelParts> registerDecoder)
    {
        Name = name;
        Labels = labels;
        Head = head;
        Loss = loss;
        Metric = metric;
        Decoder = decoder;
        RegisterDecoder = registerDecoder;
    }

    /// <summary>Gets the name in losses, scores and model files.</summary>
    public string Name { get; }

    internal ITaskLabels Labels { get; }

    internal TaskHeadFactory Head { get; }

    internal Func<TaskContext, ITaskLoss> Loss { get; }

    internal Func<TaskContext, ITaskMetric> Metric { get; }

    internal ITaskDecoder Decoder { get; }

    /// <summary>Adds the decoder to the parts that a model file can name.</summary>
    internal Func<ModelParts, ModelParts> RegisterDecoder { get; }

    /// <summary>Makes a task.</summary>
    /// <typeparam name="THead">The head; model files name it by its <see cref="ITaskHead{TSelf}.Kind"/>.</typeparam>
    /// <typeparam name="TDecoder">The decoder; model files name it by its <see cref="ITaskDecoder{TSelf}.Kind"/>.</typeparam>
    /// <param name="name">The name in losses, scores and model files: lower case with underscores, without a dot.</param>
    /// <param name="labels">Reads the labels of a row.</param>
    /// <param name="head">Makes the head; the model owns it.</param>
    /// <param name="loss">Makes the loss; the trainer disposes it where it is disposable.</param>
    /// <param name="metric">Makes a fresh metric for one evaluation.</param>
    /// <param name="decoder">Reads the head's outputs.</param>
    /// <exception cref="ArgumentException">The name is empty, has a dot, or is that of another value of a step.</exception>
    public static AffectTask Create<THead, TDecoder>(
        string name,
        ITaskLabels labels,
        Func<TaskContext, THead> head,
        Func<TaskContext, ITaskLoss> loss,
        Func<TaskContext, ITaskMetric> metric,
        TDecoder decoder)
        where THead : class, ITaskHead<THead>
        where TDecoder : class, ITaskDecoder<TDecoder>
    {
        ArgumentNullException.ThrowIfNull(name);
        MultiTaskModel.CheckName(name, nameof(name));
        if (TakenNames.Contains(name))
        {
            throw new ArgumentException(
                $"'{name}' cannot name a task: a step reports {string.Join(" and ", TakenNames)} beside its tasks.", nameof(name));
        }

        ArgumentNullException.ThrowIfNull(labels);
        ArgumentNullException.ThrowIfNull(head);
        ArgumentNullException.ThrowIfNull(loss);
        ArgumentNullException.ThrowIfNull(metric);
        ArgumentNullException.ThrowIfNull(decoder);
        return new(
            name, labels, TaskHeadFactory.Of(head), Made(name, "loss", loss), Made(name, "metric", metric), decoder,
            parts => parts.WithDecoder<TDecoder>());
    }

    internal AffectTask With(
        TaskHeadFactory? head = null, Func<TaskContext, ITaskLoss>? loss = null, Func<TaskContext, ITaskMetric>? metric = null) =>
        new(
            Name, Labels, head ?? Head, loss is null ? Loss : Made(Name, "loss", loss),
            metric is null ? Metric : Made(Name, "metric", metric), Decoder, RegisterDecoder);

    private static Func<TaskContext, T> Made<T>(string task, string what, Func<TaskContext, T> create)
        where T : class => context => GivenPart.Required(create(context), $"{what} of task '{task}'");
}

/// <summary>How a task's head is made, and how model files come to know it.</summary>
internal sealed record TaskHeadFactory(
    Type Type, string Kind, Func<TaskContext, ITaskHead> Create, Func<ModelParts, ModelParts> Register)
{
    public static TaskHeadFactory Of<THead>(Func<TaskContext, THead> create)
        where THead : class, ITaskHead<THead> => new(
            typeof(THead),
            THead.Kind,
            context => GivenPart.Required(create(context), $"head {typeof(THead).Name}"),
            parts => parts.WithHead<THead>());
}
