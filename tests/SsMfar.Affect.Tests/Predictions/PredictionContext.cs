using System.Text.Json.Serialization;
using SsMfar.Inference;
using SsMfar.Predictions;

namespace SsMfar.Tests.Predictions;

/// <summary>What an application that is compiled ahead of time declares to serialise predictions.</summary>
[JsonSerializable(typeof(AffectPrediction))]
[JsonSerializable(typeof(PredictionItem))]
[JsonSerializable(typeof(Pose))]
internal sealed partial class PredictionContext : JsonSerializerContext;

/// <summary>A custom prediction that the application declares too.</summary>
internal sealed record Pose(int Yaw);
