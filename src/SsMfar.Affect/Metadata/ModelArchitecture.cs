using System.Collections.Immutable;

namespace SsMfar.Metadata;

/// <summary>What a model is built of: enough to build it again, without its weights.</summary>
/// <param name="backbone">From images to features.</param>
/// <param name="features">What happens to the pooled features.</param>
/// <param name="heads">Each task's name and head, in order.</param>
public sealed class ModelArchitecture(
    PartDescription backbone, FeatureProcessing features, ImmutableArray<TaskHeadDescription> heads)
{
    /// <summary>Gets the part from images to features.</summary>
    public PartDescription Backbone => backbone;

    /// <summary>Gets what happens to the pooled features.</summary>
    public FeatureProcessing Features => features;

    /// <summary>Gets each task's name and head, in order.</summary>
    public ImmutableArray<TaskHeadDescription> Heads => heads;

    /// <summary>Returns the JSON document that model files keep as <c>architecture</c>.</summary>
    public string ToJson() => ModelMetadataJson.Write(this);

    /// <summary>Reads the JSON document that model files keep as <c>architecture</c>.</summary>
    /// <param name="json">The document.</param>
    /// <exception cref="System.Text.Json.JsonException">The text is no such document.</exception>
    public static ModelArchitecture FromJson(string json) => ModelMetadataJson.ReadArchitecture(json);
}

/// <summary>A task of a model.</summary>
/// <param name="task">The task's name.</param>
/// <param name="head">From features to its outputs.</param>
public sealed class TaskHeadDescription(string task, PartDescription head)
{
    /// <summary>Gets the task's name.</summary>
    public string Task => task;

    /// <summary>Gets the part from features to the task's outputs.</summary>
    public PartDescription Head => head;
}
