namespace SsMfar.Models;

/// <summary>
/// In which library an EfficientNet's weights were trained first. Names and shapes are the same; what the network computes differs, so
/// weights of the one are of no use in the other, and their files do not say which they are.
/// </summary>
public enum EfficientNetOrigin
{
    /// <summary>
    /// PyTorch: padding alike on all sides, ε of batch normalisations 1e-5. torchvision's <c>efficientnet_b0</c> and
    /// <c>efficientnet_b2</c>, and timm's of these names.
    /// </summary>
    PyTorch,

    /// <summary>
    /// TensorFlow: convolutions of stride 2 pad as much as they need, what is odd at the bottom and right (SAME), ε 1e-3. timm's
    /// <c>tf_efficientnet_*</c>, such as <c>tf_efficientnet_b0_ns</c>, which HSEmotion's networks for faces are.
    /// </summary>
    TensorFlow,
}
