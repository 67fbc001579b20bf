using System.Collections.Immutable;

namespace SsMfar.Models;

/// <summary>What a model is built of: enough to build it again, without its weights.</summary>
/// <param name="Backbone">From images to features.</param>
/// <param name="Features">What happens to the pooled features.</param>
/// <param name="Heads">Each task's name and head, in order.</param>
public sealed record ModelArchitecture(PartDescription Backbone, FeatureProcessing Features, ImmutableArray<TaskHeadDescription> Heads);

/// <summary>A task of a model.</summary>
/// <param name="Task">The task's name.</param>
/// <param name="Head">From features to its outputs.</param>
public sealed record TaskHeadDescription(string Task, PartDescription Head);
